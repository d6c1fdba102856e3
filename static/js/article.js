// Writing a help article: the preview follows, and leaving with unsaved words is asked about first.

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-article]"));
let isSaving = false;

/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement | HTMLTextAreaElement} */ (form?.querySelector(`[data-article-${name}]`));

function show() {
  for (const name of ["question", "text"]) {
    const place = document.querySelector(`[data-preview-${name}]`);
    if (place) place.textContent = field(name).value.trim() || "…";
  }
  const left = /** @type {HTMLElement | null} */ (document.querySelector("[data-left]"));
  if (left) left.textContent = (left.dataset.words ?? "").replace("{n}", (field("text").maxLength - field("text").value.length).toLocaleString()) + ".";
}

if (form) {
  show();
  form.addEventListener("input", () => {
    form.dataset.unsaved = "1";
    show();
  });
  form.addEventListener("submit", () => (isSaving = true));
  window.addEventListener("beforeunload", (event) => {
    if (form.dataset.unsaved === "1" && !isSaving) event.preventDefault();
  });
}
