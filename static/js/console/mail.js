// What belongs to answers by mail: the seconds in which one can be taken back, its words coming back, replying to all.

/** @param {ParentNode} root */
function showCountdowns(root) {
  for (const place of root.querySelectorAll("[data-leaves-at]")) {
    const seconds = Math.ceil((Date.parse(place.getAttribute("data-leaves-at") ?? "") - Date.now()) / 1000);
    place.textContent = seconds > 0 ? `${seconds} s` : "…";
  }
}

/** Add addresses to a field of the composer; none twice. @param {string} name @param {string | null | undefined} addresses */
function addAddresses(name, addresses) {
  const field = document.querySelector(`[data-composer] input[name="${name}"]`);
  if (!(field instanceof HTMLInputElement) || !addresses) return;
  const wanted = `${field.value},${addresses}`.split(",").map((one) => one.trim());
  field.value = [...new Set(wanted.filter(Boolean))].join(", ");
  field.closest("details")?.setAttribute("open", "");
}

/** The words of an answer that was taken back stand before what was typed since; whom it was for returns with them. */
function restoreWords() {
  const kept = document.querySelector("[data-restored-text]");
  const area = document.querySelector("[data-composer] [data-text]");
  if (!(kept instanceof HTMLTextAreaElement) || !(area instanceof HTMLTextAreaElement)) return;
  document.querySelector('[data-mode-tab="reply"]')?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  area.value = [kept.value, area.value].filter((words) => words.trim()).join("\n\n");
  addAddresses("cc", kept.dataset.cc);
  addAddresses("bcc", kept.dataset.bcc);
  kept.remove();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-reply-all]") : null;
  if (!button) return;
  addAddresses("cc", button.getAttribute("data-everybody"));
  button.setAttribute("hidden", "");
});
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  const field = document.querySelector("[data-composer] [data-cc]");
  if (!(button instanceof HTMLButtonElement) || !button.matches("[data-remove-person]") || !(field instanceof HTMLInputElement)) return;
  const left = field.value.split(",").map((one) => one.trim());
  field.value = left.filter((one) => one && one !== button.value).join(", ");
  button.closest("[data-person]")?.setAttribute("hidden", "");
});
document.addEventListener("htmx:after:swap", () => {
  restoreWords();
  document.querySelectorAll("[data-copied]").forEach((place) => {
    addAddresses("cc", place.getAttribute("data-copied"));
    place.remove();
  });
  showCountdowns(document);
});
showCountdowns(document);
setInterval(() => showCountdowns(document), 1000);
