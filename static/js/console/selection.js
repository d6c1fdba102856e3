// Moving through the list with the keyboard, and where the focus goes after a conversation was opened.

const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")]);
const linkOf = (/** @type {HTMLElement | undefined} */ row) => /** @type {HTMLElement | null} */ (row?.querySelector("[data-row-link]") ?? null);

function at() {
  const all = rows();
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : all.findIndex((row) => linkOf(row)?.hasAttribute("aria-current"));
}

/** Move the cursor. @param {number} step */
export function move(step) {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, at() + step))];
  const link = linkOf(next);
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}

/** Open the row under the cursor. */
export function openCursor() {
  linkOf(rows()[Math.max(0, at())])?.click();
}

/** Choose the row under the cursor for a bulk change. */
export function toggleChoice() {
  const box = rows()[at()]?.querySelector("[data-choose]");
  if (box instanceof HTMLInputElement) box.click();
}

const isNarrow = () => matchMedia("(max-width: 760px)").matches;

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.target?.id === "workspace") {
    document.querySelector("[data-console]")?.classList.add("console--open");
    // With the list gone from the screen the focus must follow; beside the list it stays on the row.
    if (isNarrow() || !document.activeElement || document.activeElement === document.body) document.getElementById("conversation")?.focus({ preventScroll: true });
  }
  if (ctx.target?.id === "list" && document.activeElement === document.body) linkOf(rows()[0])?.focus();
});

document.addEventListener("click", (event) => {
  const back = event.target instanceof Element ? event.target.closest("[data-back]") : null;
  if (!back) return;
  event.preventDefault();
  const root = document.querySelector("[data-console]");
  root?.classList.remove("console--open");
  history.pushState({ htmx: true }, "", back.getAttribute("href") ?? "");
  linkOf(rows()[Math.max(0, at())])?.focus();
});
