// Menus are <details data-menu>: one open at a time, closed by Escape, by a click elsewhere and by choosing.

/** @param {Element | null} except */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except && !menu.contains(except)) menu.removeAttribute("open");
  }
}

/** @param {HTMLElement} menu @param {number} step */
function moveFocus(menu, step) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll(".menu__item:not([disabled]), .menu__body input")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  items[(at + step + items.length) % items.length]?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target instanceof Element) closeMenus(event.target.closest("details[data-menu]"));
});

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLDetailsElement) || !menu.matches("[data-menu]") || !menu.open) return;
    closeMenus(menu);
    const field = /** @type {HTMLElement | null} */ (menu.querySelector(".menu__form input"));
    field?.focus();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = document.activeElement?.closest("details[data-menu][open]") ?? document.querySelector("details[data-menu][open]");
  if (!(menu instanceof HTMLElement)) return;
  if (event.key === "Escape") {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
    event.stopPropagation();
    event.preventDefault();
  } else if (document.activeElement?.matches("textarea, select")) {
    return; // there the arrows are the field's own
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && menu.contains(document.activeElement)) {
    moveFocus(menu, event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  }
});
