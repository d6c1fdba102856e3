// Single-key shortcuts. They sleep while somebody types, while a menu is open and with a modifier held.
import { openHelp } from "../help.js";
import { write } from "./composer.js";
import { acceptNext, openOwn, stepOwn, inChats } from "./chats.js";
import { acceptOffer } from "./desk.js";
import { move, openCursor, toggleChoice } from "./selection.js";

const isTyping = (/** @type {Element | null} */ element) =>
  element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)) && element.getAttribute("type") !== "checkbox";

/** Alt makes another letter of some keyboards' A, as on a Mac: then it is written. @param {string} key */
const isLetter = (key) => key.length === 1 && key.toLowerCase() !== "a";

/** @param {string} name */
function openMenu(name) {
  const menu = document.querySelector(`[data-shortcut-target="${name}"]`);
  if (!(menu instanceof HTMLDetailsElement)) return;
  menu.open = true;
  /** @type {HTMLElement | null} */ (menu.querySelector(".menu__item"))?.focus();
}

/** @type {Record<string, () => void>} */
const shortcuts = {
  j: () => move(1),
  k: () => move(-1),
  r: () => write("reply"),
  n: () => write("note"),
  a: () => acceptOffer() || (inChats() ? acceptNext() : openMenu("assign")),
  s: () => openMenu("status"),
  x: () => toggleChoice(),
  "/": () => document.getElementById("search")?.focus(),
  "?": () => openHelp(),
};

for (const digit of "123456789") shortcuts[digit] = () => openOwn(Number(digit));

document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyA" && !isLetter(event.key) && acceptOffer()) {
    event.preventDefault(); // also while writing
    return;
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey && /^Arrow(Up|Down)$/.test(event.key) && inChats()) {
    // Also while writing: who serves several chats must not need the mouse between two sentences.
    event.preventDefault();
    stepOwn(event.key === "ArrowDown" ? 1 : -1);
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && isTyping(document.activeElement)) {
    /** @type {HTMLElement} */ (document.activeElement).blur();
    document.getElementById("conversation")?.focus();
    return;
  }
  if (isTyping(document.activeElement)) return;
  if (event.key === "Enter" && document.activeElement === document.body) {
    openCursor();
    return;
  }
  const shortcut = shortcuts[event.key];
  if (!shortcut || (document.querySelector("details[data-menu][open]") && event.key !== "?")) return;
  event.preventDefault();
  shortcut();
});
