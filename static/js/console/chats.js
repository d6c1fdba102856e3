// The Chats view: both lists stay true without moving what is under the cursor. The server sends all rows; rows that
// look the same stay untouched, new ones are put in their place, and who left stays greyed for a moment.
import { announce, toast } from "../toasts.js";
import { refreshTimes } from "../time.js";
import { markCurrent } from "./list.js";
import { write } from "./composer.js";

const GATHER_MS = 250;
const GONE_STAYS_MS = 4000;
const TYPING_OVER_MS = 10_000;

/** @type {number | undefined} */
let timer;
let busy = false;
/** @type {Map<number, number>} */
const typing = new Map();

const view = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-chats]"));
const listOf = (/** @type {string} */ kind) => view()?.querySelector(`[data-chat-list="${kind}"]`);
const rowsOf = (/** @type {string} */ kind) =>
  /** @type {HTMLElement[]} */ ([...(listOf(kind)?.querySelectorAll("[data-row]:not(.is-gone)") ?? [])]);
const linkIn = (/** @type {Element | undefined} */ row) => /** @type {HTMLElement | null | undefined} */ (row?.querySelector("[data-row-link]"));
const openTicket = () => document.querySelector("[data-conversation]")?.getAttribute("data-conversation");

export const inChats = () => Boolean(view());

/** Take the chat that has waited longest. */
export function acceptNext() {
  const form = view()?.querySelector("[data-accept-next-form]:not([hidden])");
  if (form instanceof HTMLFormElement) form.requestSubmit();
  else announce(view()?.querySelector('[data-chats-none="waiting"]')?.textContent ?? "");
}

/** Open one's own chat number `number`, counted from 1. @param {number} number */
export function openOwn(number) {
  linkIn(rowsOf("own")[number - 1])?.click();
}

/** Open the next (1) or previous (-1) of one's own chats. @param {number} step */
export function stepOwn(step) {
  const own = rowsOf("own");
  if (!own.length) return;
  const at = own.findIndex((row) => row.dataset.row === openTicket());
  // From elsewhere: down leads to the first, up to the last.
  const from = at < 0 && step < 0 ? 0 : at;
  linkIn(own[(from + step + own.length) % own.length])?.click();
}

async function refresh() {
  const root = view();
  if (!root) return;
  if (busy) return later();
  busy = true;
  try {
    await htmx.ajax("GET", root.dataset.liveUrl ?? "", { source: root, target: "#live-answer", swap: "innerHTML" });
    fit();
  } finally {
    busy = false;
  }
}

function later() {
  if (!view()) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, GATHER_MS);
}

function fit() {
  const fresh = /** @type {HTMLTemplateElement | null} */ (document.querySelector("#live-answer [data-chats-fresh]"));
  const root = view();
  if (!fresh || !root) return;
  const waitedBefore = new Set(rowsOf("waiting").map((row) => row.dataset.row));
  const own = new Set([...fresh.content.querySelectorAll('[data-fresh="own"] > [data-row]')].map((row) => row.getAttribute("data-row")));
  for (const kind of ["own", "waiting"]) fitList(kind, /** @type {HTMLElement[]} */ ([...fresh.content.querySelectorAll(`[data-fresh="${kind}"] > [data-row]`)]), own);
  put("[data-own-total]", String(own.size));
  put("[data-waiting-total]", fresh.dataset.waitingTotal ?? "");
  for (const kind of ["own", "waiting"]) {
    root.querySelector(`[data-chats-none="${kind}"]`)?.toggleAttribute("hidden", Boolean(listOf(kind)?.children.length));
  }
  root.querySelector("[data-accept-next-form]")?.toggleAttribute("hidden", !rowsOf("waiting").length);
  fresh.remove();
  if (rowsOf("waiting").some((row) => !waitedBefore.has(row.dataset.row))) announce(root.dataset.arrivedOne ?? "");
  markCurrent();
  clearOpen();
  refreshTimes(root);
  showTyping();
}

/** @param {string} selector @param {string} text */
function put(selector, text) {
  const place = view()?.querySelector(selector);
  if (place) place.textContent = text;
}

/** @param {string} kind @param {HTMLElement[]} fresh @param {Set<string | null>} own */
function fitList(kind, fresh, own) {
  const list = listOf(kind);
  if (!list) return;
  const wanted = new Set(fresh.map((row) => row.dataset.row));
  for (const row of rowsOf(kind)) if (!wanted.has(row.dataset.row)) leave(row, kind === "waiting" && own.has(row.dataset.row ?? ""));
  /** @type {Element | null} */
  let after = null;
  for (const row of fresh) {
    const there = /** @type {HTMLElement | null} */ (list.querySelector(`[data-row="${row.dataset.row}"]`));
    const same = there?.dataset.digest === row.dataset.digest && !there?.classList.contains("is-gone");
    if (there && !same) replace(there, row);
    else if (!there) {
      if (after) after.after(row);
      else list.prepend(row);
      htmx.process(row);
    }
    after = there && same ? there : row;
  }
}

/** Put `row` where `there` stands and keep the focus in it. @param {HTMLElement} there @param {HTMLElement} row */
function replace(there, row) {
  const focused = there.contains(document.activeElement);
  there.replaceWith(row);
  htmx.process(row);
  if (focused) linkIn(row)?.focus({ preventScroll: true });
}

/** A row that is no longer in the list: not to be clicked any more, gone soon. @param {HTMLElement} row @param {boolean} taken */
function leave(row, taken) {
  if (taken) {
    row.remove(); // it stands among one's own now
    return;
  }
  row.classList.add("is-gone");
  row.removeAttribute("id");
  const words = row.querySelector("[data-row-words]");
  if (words) words.textContent = view()?.dataset.gone ?? "";
  const removeWhenAway = () => {
    if (row.parentElement?.matches(":hover") || row.contains(document.activeElement)) setTimeout(removeWhenAway, 1000);
    else row.remove();
  };
  setTimeout(removeWhenAway, GONE_STAYS_MS);
}

/** The chat before one's eyes is read, whatever an answer says that was under way. */
function clearOpen() {
  if (document.hidden) return;
  const row = view()?.querySelector(`[data-row="${openTicket()}"]`);
  row?.classList.remove("is-unread");
  row?.querySelector(".ticket-row__unread")?.remove();
}

function showTyping() {
  for (const row of [...rowsOf("own"), ...rowsOf("waiting")]) {
    const until = typing.get(Number(row.dataset.row)) ?? 0;
    row.querySelector("[data-row-typing]")?.toggleAttribute("hidden", until < Date.now());
  }
}

document.addEventListener("console:hint", (event) => {
  const hint = /** @type {CustomEvent<HintDetail>} */ (event).detail;
  const root = view();
  if (!root) return;
  if (hint.event === "typing") {
    typing.set(hint.ticket, hint.on ? Date.now() + TYPING_OVER_MS : 0);
    showTyping();
    if (hint.on) setTimeout(showTyping, TYPING_OVER_MS + 50);
    return;
  }
  if (hint.event === "message") typing.delete(hint.ticket);
  // Words in other people's chats change nothing here.
  if (hint.event === "opened" || hint.event === "changed" || root.querySelector(`[data-row="${hint.ticket}"]`)) later();
});
document.addEventListener("console:refresh", later);
document.addEventListener("chats:accepted", () => {
  toast(view()?.dataset.accepted ?? "", "success");
  later();
});
document.addEventListener("conversation:changed", later);
document.addEventListener("visibilitychange", clearOpen);
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.target?.id !== "workspace" || !inChats()) return;
  clearOpen();
  // Whoever opens a chat of theirs wants to write; on a phone that would bring up the keyboard over the words.
  if (matchMedia("(pointer: fine)").matches && document.querySelector("[data-own-chat]")) write("reply");
});
