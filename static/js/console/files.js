// Files to send: chosen, pasted or dropped. They are checked at once and kept until the message has gone.

/** @type {WeakMap<HTMLFormElement, File[]>} */
const chosen = new WeakMap();

/** @param {HTMLFormElement} form */
export const filesOf = (form) => chosen.get(form) ?? [];

/** @param {HTMLFormElement} form */
export function clearFiles(form) {
  chosen.set(form, []);
  draw(form);
}

/** Take over what the file field holds. @param {HTMLFormElement} form */
export function adoptFiles(form) {
  const input = /** @type {HTMLInputElement | null} */ (form.querySelector("[data-file-input]"));
  if (input?.files?.length) add(form, [...input.files]);
  if (input) input.value = "";
}

/** @param {HTMLFormElement} form @param {File[]} files */
function add(form, files) {
  const limit = Number(form.dataset.maxBytes);
  const fitting = files.filter((file) => file.size <= limit);
  const refused = files.find((file) => file.size > limit);
  chosen.set(form, [...filesOf(form), ...fitting]);
  const words = (form.dataset.tooLarge ?? "").replace("{name}", refused?.name ?? "").replace("{limit}", size(limit));
  const text = form.querySelector("[data-problem-text]");
  if (text) text.textContent = refused ? words : "";
  form.querySelector("[data-problem]")?.toggleAttribute("hidden", !refused);
  draw(form);
}

/** @param {HTMLFormElement} form */
function draw(form) {
  const list = form.querySelector("[data-files]");
  const template = /** @type {HTMLTemplateElement | null} */ (form.querySelector("[data-file-template]"));
  list?.replaceChildren(
    ...filesOf(form).map((file) => {
      const item = /** @type {HTMLElement} */ (template?.content.firstElementChild?.cloneNode(true));
      /** @type {HTMLElement} */ (item.querySelector("[data-file-name]")).textContent = file.name;
      /** @type {HTMLElement} */ (item.querySelector("[data-file-size]")).textContent = size(file.size);
      item.querySelector("[data-file-remove]")?.addEventListener("click", () => {
        chosen.set(form, filesOf(form).filter((other) => other !== file));
        draw(form);
      });
      return item;
    }),
  );
}

/** @param {number} bytes */
function size(bytes) {
  const format = (/** @type {number} */ n, /** @type {string} */ unit) =>
    new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(n);
  return bytes < 1_000_000 ? format(bytes / 1024, "kilobyte") : format(bytes / 1_048_576, "megabyte");
}

/** @param {EventTarget | null} target */
const composerAt = (target) => (target instanceof Element ? target.closest("#conversation")?.querySelector("[data-composer]") : null);

document.addEventListener("change", (event) => {
  const form = event.target instanceof Element && event.target.matches("[data-file-input]") ? event.target.closest("form") : null;
  if (form) adoptFiles(form);
});
document.addEventListener("paste", (event) => {
  const form = composerAt(event.target);
  const files = [...(event.clipboardData?.files ?? [])];
  if (!(form instanceof HTMLFormElement) || !files.length) return;
  event.preventDefault();
  add(form, files);
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const form = composerAt(event.target);
    const data = /** @type {DragEvent} */ (event).dataTransfer;
    if (!(form instanceof HTMLFormElement) || !data?.types.includes("Files")) return;
    event.preventDefault();
    form.toggleAttribute("data-dropping", kind === "dragover");
    if (kind === "drop") add(form, [...data.files]);
  });
}
