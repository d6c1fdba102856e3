// The fields of a ticket in the panel: kept when one is left (order lines: when all of them are), never under one's hands.

const form = () => /** @type {HTMLFormElement | null} */ (document.querySelector("[data-fields]"));

/** @param {HTMLFormElement} of */
function save(of) {
  of.removeAttribute("data-dirty");
  of.dispatchEvent(new CustomEvent("fields:save"));
}

// Another type of ticket has other fields.
document.addEventListener("fields:stale", () => {
  const section = /** @type {HTMLElement | null} */ (document.querySelector("[data-fields-url]"));
  if (section) htmx.ajax("GET", section.dataset.fieldsUrl ?? "", { source: section, target: section, swap: "outerHTML" });
});
document.addEventListener("input", (event) => {
  const of = event.target instanceof Element ? event.target.closest("[data-fields]") : null;
  of?.setAttribute("data-dirty", "");
});
document.addEventListener("change", (event) => {
  const box = event.target;
  const of = form();
  if (of && box instanceof HTMLSelectElement && of.contains(box)) save(of);
});
document.addEventListener("focusout", (event) => {
  const left = event.target;
  const of = form();
  if (!of?.hasAttribute("data-dirty") || !(left instanceof Element) || !of.contains(left)) return;
  const lines = left.closest(".lines");
  if (lines && event.relatedTarget instanceof Node && lines.contains(event.relatedTarget)) return;
  save(of);
});

// What was typed while the answer was on its way stays.
/** @type {{ id: string, value: string } | null} */
let typing = null;
document.addEventListener("htmx:before:swap", () => {
  const box = document.activeElement;
  const isTyping = form()?.hasAttribute("data-dirty") && box instanceof HTMLElement && form()?.contains(box);
  typing = isTyping && (box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement) ? { id: box.id, value: box.value } : null;
});
document.addEventListener("htmx:after:swap", () => {
  const box = typing ? document.getElementById(typing.id) : null;
  if (typing && (box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement) && box.value !== typing.value) {
    box.value = typing.value;
    box.focus();
    form()?.setAttribute("data-dirty", "");
  }
  typing = null;
});
