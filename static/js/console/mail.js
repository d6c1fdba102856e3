// What belongs to answers by mail: the seconds in which one can be taken back, its words coming back, replying to all.

/** @param {ParentNode} root */
function showCountdowns(root) {
  for (const place of root.querySelectorAll("[data-leaves-at]")) {
    const seconds = Math.ceil((Date.parse(place.getAttribute("data-leaves-at") ?? "") - Date.now()) / 1000);
    place.textContent = seconds > 0 ? `${seconds} s` : "…";
  }
}

/** The words of an answer that was taken back stand before what was typed since. */
function restoreWords() {
  const kept = document.querySelector("[data-restored-text]");
  const area = document.querySelector("[data-composer] [data-text]");
  if (!(kept instanceof HTMLTextAreaElement) || !(area instanceof HTMLTextAreaElement)) return;
  document.querySelector('[data-mode-tab="reply"]')?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  area.value = [kept.value, area.value].filter((words) => words.trim()).join("\n\n");
  kept.remove();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-reply-all]") : null;
  const field = document.querySelector("[data-composer] [data-cc]");
  if (!button || !(field instanceof HTMLInputElement)) return;
  const wanted = `${field.value},${button.getAttribute("data-everybody")}`.split(",").map((one) => one.trim());
  field.value = [...new Set(wanted.filter(Boolean))].join(", ");
  button.setAttribute("hidden", "");
  field.focus();
});
document.addEventListener("htmx:after:swap", () => {
  restoreWords();
  showCountdowns(document);
});
showCountdowns(document);
setInterval(() => showCountdowns(document), 1000);
