// The open conversation: what came since is appended, read marks are sent, the view stays where the reader is.
import { announce } from "../toasts.js";
import { refreshTimes } from "../time.js";

const NEAR_END_PX = 120;
let busy = false;
let again = false;
/** Whether more than messages may have changed: the panel is asked for too. */
let isPanelStale = false;

const conversation = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-conversation]"));
const scroller = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-scroller]"));
const timeline = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-timeline]"));
const isNearEnd = (/** @type {HTMLElement} */ box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;

/** True while the reader is using the header: it must not be replaced under their hands. */
function headerInUse() {
  const header = document.getElementById("ticket-header");
  if (header?.querySelector("details[data-menu][open]")) return true;
  // A button that was pressed keeps the focus, and what it did is what the header has to show.
  return Boolean(header?.contains(document.activeElement) && !document.activeElement?.closest("form[data-sent]"));
}
document.addEventListener("submit", (event) => /** @type {Element} */ (event.target).setAttribute("data-sent", ""));

/** Fetch and append what came after the marks; calls that come meanwhile are folded into one more round. */
export async function refreshConversation() {
  const root = conversation();
  const list = timeline();
  if (!root || !list) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  const box = scroller();
  const follow = box ? isNearEnd(box) : false;
  const before = list.lastElementChild;
  const fields = new URLSearchParams({ seq: list.dataset.seq ?? "0", event: list.dataset.event ?? "0", header: headerInUse() ? "keep" : "", panel: isPanelStale ? "1" : "" });
  isPanelStale = false;
  try {
    await htmx.ajax("GET", `${root.dataset.sinceUrl}?${fields}`, { source: list, target: list, swap: "beforeend" });
    arrived(list, before, follow);
  } finally {
    busy = false;
    if (again) {
      again = false;
      refreshConversation();
    }
  }
}

/** @param {HTMLElement} list @param {Element | null} before @param {boolean} follow */
function arrived(list, before, follow) {
  const marks = /** @type {HTMLElement | null} */ (list.querySelector("template[data-marks]"));
  if (!marks) return;
  list.dataset.seq = marks.dataset.seq;
  list.dataset.event = marks.dataset.event;
  marks.remove();
  refreshTimes(list);
  const fresh = [];
  for (let node = before?.nextElementSibling; node; node = node.nextElementSibling) fresh.push(node);
  fresh.forEach((node) => node.classList.add("is-new"));
  const messages = fresh.filter((node) => node.matches("[data-message]"));
  if (!messages.length) return;
  announce(messages.map((node) => node.querySelector("article")?.getAttribute("aria-label") ?? "").join(". "));
  if (follow) toEnd();
  else document.querySelector("[data-unseen]")?.removeAttribute("hidden");
  markRead();
}

/** Up to which message the reader has had the conversation before their eyes. */
export const seenSeq = () => Number(conversation()?.dataset.seenSeq ?? 0);

function markSeen() {
  const root = conversation();
  if (root && !document.hidden) root.dataset.seenSeq = timeline()?.dataset.seq;
}

export function toEnd() {
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
  markSeen();
  document.querySelector("[data-unseen]")?.setAttribute("hidden", "");
}

/** Do what changes the height of the conversation; who reads its end goes on reading it. @param {() => void} change */
export function keepingEnd(change) {
  const box = scroller();
  const follow = box ? isNearEnd(box) : false;
  change();
  if (follow) toEnd();
}

function markRead() {
  const root = conversation();
  const seq = timeline()?.dataset.seq;
  if (!root?.dataset.readUrl || !seq || document.hidden || root.dataset.readSeq === seq) return;
  root.dataset.readSeq = seq;
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRFToken"] ?? "";
  fetch(root.dataset.readUrl, { method: "POST", body: new URLSearchParams({ seq }), headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {
    delete root.dataset.readSeq; // not counted as read; the next look repeats it
  });
  const row = document.getElementById(`row-${root.dataset.conversation}`);
  row?.classList.remove("is-unread");
  row?.querySelector(".ticket-row__unread")?.remove();
}

/** A conversation was just opened: to what is new, else to its end. */
export function opened() {
  const mark = document.getElementById("new-line");
  if (mark) mark.scrollIntoView({ block: "center" });
  else toEnd();
  markSeen();
  markRead();
}

document.addEventListener("htmx:before:swap", (event) => {
  // The reader may have opened a menu while the answer was on its way.
  const { tasks } = /** @type {CustomEvent} */ (event).detail;
  if (!headerInUse()) return;
  const at = tasks.findIndex((/** @type {any} */ task) => task.type === "oob" && task.target?.id === "ticket-header");
  if (at >= 0) tasks.splice(at, 1);
});
document.addEventListener("console:hint", (event) => {
  const hint = /** @type {CustomEvent<HintDetail>} */ (event).detail;
  if (String(hint.ticket) !== conversation()?.dataset.conversation || hint.event === "typing") return;
  isPanelStale ||= hint.event === "changed";
  refreshConversation();
});
document.addEventListener("console:refresh", (event) => {
  isPanelStale ||= Boolean(/** @type {CustomEvent} */ (event).detail?.again);
  refreshConversation();
});
document.addEventListener("conversation:changed", () => refreshConversation());
document.addEventListener("visibilitychange", markRead);
document.addEventListener(
  "scroll",
  (event) => {
    const box = scroller();
    if (box && event.target === box && isNearEnd(box)) markSeen();
  },
  { capture: true, passive: true },
);
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-unseen]")) toEnd();
});
document.addEventListener("htmx:after:swap", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.target?.id === "workspace") opened();
});
opened();
