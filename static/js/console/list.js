// Keeps the list true: changed rows are replaced where they stand, new ones announce themselves and wait for a click.
import { announce } from "../toasts.js";

const GATHER_MS = 250;

/** @type {Set<number>} */
const heard = new Set();
/** @type {Set<number>} */
const waiting = new Set();
/** @type {number | undefined} */
let timer;
let busy = false;

const shown = () => [...document.querySelectorAll("[data-row]")].map((row) => Number(row.getAttribute("data-row")));

/** @param {boolean} everything also rows of which no hint spoke */
async function refresh(everything) {
  const root = document.querySelector("[data-console]");
  if (!(root instanceof HTMLElement) || document.querySelector("[data-chats]")) return; // chats.js keeps those
  if (busy) return void later();
  busy = true;
  const rows = new Set(shown());
  const wanted = everything ? [...rows] : [...heard].filter((id) => rows.has(id));
  const unknown = [...heard, ...waiting].filter((id) => !rows.has(id));
  heard.clear();
  const query = document.querySelector("[data-rows]")?.getAttribute("data-query") ?? "";
  const fields = new URLSearchParams({ view: root.dataset.view ?? "", q: query, rows: wanted.slice(0, 200).join(), heard: unknown.slice(0, 200).join() });
  try {
    await htmx.ajax("GET", `${root.dataset.liveUrl}?${fields}`, { source: root, target: "#live-answer", swap: "innerHTML" });
    takeNews();
  } finally {
    busy = false;
    markCurrent();
  }
}

function takeNews() {
  const answer = document.querySelector("#live-answer [data-news-ids]");
  if (!answer) return;
  const ids = (answer.getAttribute("data-news-ids") ?? "").split(",").filter(Boolean).map(Number);
  const added = ids.filter((id) => !waiting.has(id)).length;
  waiting.clear();
  ids.forEach((id) => waiting.add(id));
  answer.remove();
  const button = document.querySelector("[data-news]");
  if (!(button instanceof HTMLElement)) return;
  button.hidden = waiting.size === 0;
  const words = (waiting.size === 1 ? button.dataset.one : button.dataset.many?.replace("{n}", String(waiting.size))) ?? "";
  const text = button.querySelector("[data-news-text]");
  if (text) text.textContent = words;
  if (added) announce(words);
}

/** The open conversation stays marked after rows were replaced. */
export function markCurrent() {
  const open = document.querySelector("[data-conversation]")?.getAttribute("data-conversation");
  for (const link of document.querySelectorAll("[data-row-link]")) {
    const current = link.closest("[data-row]")?.getAttribute("data-row") === open;
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => refresh(false), GATHER_MS);
}

document.addEventListener("console:hint", (event) => {
  const hint = /** @type {CustomEvent<HintDetail>} */ (event).detail;
  if (hint.event === "typing") return;
  heard.add(hint.ticket);
  later();
});
document.addEventListener("console:refresh", () => refresh(true));
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.target?.id === "list") waiting.clear();
  markCurrent();
});
