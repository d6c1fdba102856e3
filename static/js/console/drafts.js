// Unsent words go to the server shortly after each pause, and at once when the page is left.

const PAUSE_MS = 600;
const TYPING_EVERY_MS = 4000;

/** @type {Map<HTMLFormElement, number>} */
const timers = new Map();
let typedAt = 0;

/** Save after a pause. @param {HTMLFormElement} form */
export function saveDraft(form) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => push(form), PAUSE_MS));
  const state = form.querySelector("[data-draft-state]");
  if (state) state.textContent = "";
  tellTyping(form);
}

/** Save now, if anything is unsaved. @param {HTMLFormElement} form */
export function flushDraft(form) {
  if (timers.has(form)) push(form);
}

/** @param {HTMLFormElement} form */
async function push(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  const area = /** @type {HTMLTextAreaElement} */ (form.querySelector("[data-text]"));
  const state = form.querySelector("[data-draft-state]");
  const text = area.value;
  const body = fields(form, { kind: form.dataset.mode ?? "reply", text });
  try {
    const answer = await fetch(form.dataset.draftUrl ?? "", { method: "POST", body, headers: { Accept: "application/json" }, keepalive: text.length < 50_000 });
    if (!answer.ok) throw new Error(String(answer.status));
    if (state) state.textContent = text ? (form.dataset.saved ?? "") : "";
  } catch {
    if (state) state.textContent = form.dataset.unsaved ?? "";
    if (form.isConnected && !timers.has(form)) timers.set(form, setTimeout(() => push(form), 5000));
  }
}

/** @param {HTMLFormElement} form */
function tellTyping(form) {
  const url = form.dataset.typingUrl;
  if (!url || form.dataset.mode !== "reply" || Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  fetch(url, { method: "POST", body: fields(form, { on: "1" }) }).catch(() => {}); // a courtesy: losing it is fine
}

/** @param {HTMLFormElement} form @param {Record<string, string>} values */
function fields(form, values) {
  const token = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("csrfmiddlewaretoken"));
  return new URLSearchParams({ csrfmiddlewaretoken: token?.value ?? "", ...values });
}
