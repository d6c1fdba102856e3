// Focus is never lost after a swap: when the piece that held it was replaced, it goes to the menu's button, which is
// there again under the same id.

/** @type {string | undefined} */
let menu;

document.addEventListener("htmx:before:swap", () => {
  // Two swaps may overlap: what the first one lost is not forgotten by the second.
  if (document.activeElement && document.activeElement !== document.body) {
    menu = document.activeElement.closest("details[data-menu][id]")?.id;
  }
});
document.addEventListener("htmx:after:swap", () => {
  const isLost = !document.activeElement || document.activeElement === document.body;
  if (!menu || !isLost) return;
  /** @type {HTMLElement | null} */ (document.querySelector(`#${CSS.escape(menu)} > summary`))?.focus();
});
