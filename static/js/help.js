// The overlay of keyboard shortcuts.
export function openHelp() {
  const help = document.getElementById("help");
  if (help instanceof HTMLDialogElement && !help.open) help.showModal();
}

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-help-open]")) openHelp();
});
