// Notices at the corner, and what htmx could not do: the reason is shown, nothing typed is touched.

const LONGEST = 300;
const STAYS_MS = 6000;

/** Show a notice. @param {string} text @param {"error" | "info" | "success"} [level] */
export function toast(text, level = "error") {
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("toast-template"));
  const node = template?.content.firstElementChild?.cloneNode(true);
  if (!(node instanceof HTMLElement)) return;
  node.className = `toast toast--${level}`;
  const words = node.querySelector("[data-toast-text]");
  if (words) words.textContent = text.slice(0, LONGEST);
  document.getElementById("toasts")?.append(node);
  if (level !== "error") setTimeout(() => node.remove(), STAYS_MS);
}

/** Tell a screen reader politely. @param {string} text */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-toast-close]") : null;
  button?.closest("[data-toast]")?.remove();
});

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.response.status === 401) return; // htmx follows HX-Redirect to the log-in page
  const answer = new DOMParser().parseFromString(ctx.text ?? "", "text/html");
  const words = answer.querySelector("[data-error]")?.textContent?.trim();
  toast(words || document.body.dataset.failed || "");
});

document.addEventListener("htmx:error", (event) => {
  const { error } = /** @type {CustomEvent} */ (event).detail;
  if (error?.name === "AbortError") return; // a newer request took its place
  toast(document.body.dataset.offline || "");
});
