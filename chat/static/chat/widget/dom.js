/** Building nodes. Whatever came over the network becomes a text node: there is no innerHTML in this widget. */

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * @param {string} tag
 * @param {string | Record<string, any>} [attributes] a string is the class; `on...` are listeners, booleans are set or left out
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = "", ...children) {
  const space = /^(svg|path)$/.test(tag) ? "2000/svg" : "1999/xhtml";
  const element = /** @type {HTMLElement} */ (document.createElementNS(`http://www.w3.org/${space}`, tag));
  for (const [name, value] of Object.entries(typeof attributes === "string" ? { class: attributes } : attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value || value === 0) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

/**
 * @param {string} looks classes
 * @param {() => void} onclick
 * @param {string} label what it says or, around an icon, what it is called
 * @param {...Child} children
 */
export function button(looks, onclick, label, ...children) {
  const face = children[0] ? children : [label];
  return h("button", { class: looks, type: "button", onclick, "aria-label": children[0] && label }, ...face);
}

/** @param {Record<string, any>} attributes */
export function input(attributes) {
  return /** @type {HTMLInputElement} */ (h("input", attributes));
}

/**
 * @param {string} looks
 * @param {() => void} submit
 * @param {...Child} children
 */
export function makeForm(looks, submit, ...children) {
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  };
  return h("form", { class: looks, novalidate: true, onsubmit }, ...children);
}

/** What a field is for, without a label beside it. @param {string} text */
export function hint(text) {
  return { "aria-label": text, placeholder: text };
}

/** @param {string} [looks] @param {string} [text] a line that is read out when it changes */
export function status(looks = "", text = "") {
  return h("p", { class: looks, role: "status" }, text);
}

/** @returns {HTMLElement} a place for what went wrong, read out when it is filled */
export function problemLine() {
  return h("p", { class: "problem", role: "alert" });
}

/**
 * Only touches what differs, so that nothing is read out twice.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Up to the last sign that is not the sentence's own. */
const LINK = /\bhttps?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}…]/gi;

/**
 * Text with its http and https addresses as links; nothing else is ever made clickable.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function linkify(text) {
  const nodes = [];
  let from = 0;
  for (const { 0: address, index } of text.matchAll(LINK)) {
    nodes.push(text.slice(from, index), link(address, address));
    from = index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

/**
 * @param {string} href
 * @param {...Child} children
 */
export function link(href, ...children) {
  return h("a", { href, target: "_blank", rel: "noreferrer" }, ...children);
}

/**
 * Black or white, whichever reads better on a colour.
 * @param {string} colour #rrggbb
 */
export function readableOn(colour) {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.21 * r + 0.72 * g + 0.07 * b > 0.36 ? "#111" : "#fff";
}

/** @param {number} bytes */
export function fileSize(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

/**
 * A button that opens a small box beside it; it closes when the focus leaves.
 * @param {string} looks
 * @param {string} label
 * @param {Child} face
 * @param {...Child} content
 */
export function popup(looks, label, face, ...content) {
  const box = /** @type {HTMLDetailsElement} */ (
    h(
      "details",
      { class: looks, onfocusout: (event) => (box.open &&= box.contains(event.relatedTarget)) },
      h("summary", { class: "round", "aria-label": label }, face),
      h("div", { tabindex: -1 }, ...content),
    )
  );
  return box;
}
