// The customer panel slides over the conversation where there is no room beside it.
document.addEventListener("click", (event) => {
  const toggle = event.target instanceof Element ? event.target.closest("[data-panel-toggle]") : null;
  if (!toggle) return;
  const panel = document.getElementById("panel");
  const open = panel?.toggleAttribute("data-open") ?? false;
  for (const button of document.querySelectorAll("[data-panel-toggle]")) button.setAttribute("aria-expanded", String(open));
  const next = open ? panel?.querySelector("[data-panel-toggle]") : document.querySelector(".ticket-head__panel");
  if (next instanceof HTMLElement) next.focus();
});

document.addEventListener("console:ended", () => {
  const notice = document.getElementById("session-ended");
  if (notice instanceof HTMLDialogElement && !notice.open) notice.showModal();
});
