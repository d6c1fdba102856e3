// Several conversations at once.

const boxes = () => /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("[data-choose]")]);

function show() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const count = boxes().filter((box) => box.checked).length;
  bar.toggleAttribute("hidden", count === 0);
  document.querySelector("[data-rows]")?.classList.toggle("is-choosing", count > 0);
  const words = bar.querySelector("[data-bulk-count]");
  if (words) words.textContent = String(count);
}

document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-choose]")) show();
});
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-bulk-clear]")) return;
  for (const box of boxes()) box.checked = false;
  show();
});
// A live update replaces rows; what was chosen stays chosen.
/** @type {Set<string>} */
let chosen = new Set();
document.addEventListener("htmx:before:swap", () => {
  chosen = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
});
document.addEventListener("htmx:after:swap", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.target?.id !== "list") {
    for (const box of boxes()) box.checked ||= chosen.has(box.value);
  }
  show();
});
