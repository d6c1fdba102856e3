// The rail folds into a button on narrow screens.
document.addEventListener("click", (event) => {
  const toggle = event.target instanceof Element ? event.target.closest("[data-rail-toggle]") : null;
  if (!toggle) return;
  const rail = document.getElementById("rail");
  const open = rail?.toggleAttribute("data-open") ?? false;
  toggle.setAttribute("aria-expanded", String(open));
});
