// Who else is at this conversation, and who writes in it. Pages tell each other where they are; who falls silent is gone.
import { keepingEnd } from "./conversation.js";
import { tell } from "./socket.js";

const AGAIN_MS = 20_000;
const GONE_AFTER_MS = 45_000;
const WRITING_MS = 8_000;
const TELL_WRITING_MS = 4_000;

/** @typedef {{ name: string, heardAt: number, wroteAt: number }} Colleague */
/** @type {Map<number, Colleague>} */
const others = new Map();
let at = 0;
let toldWritingAt = 0;

const bar = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-company]"));
const here = () => Number(document.querySelector("[data-conversation]")?.getAttribute("data-conversation") ?? 0);

/** @param {string} what */
function say(what) {
  if (at) tell({ type: "at", ticket: at, do: what });
}

/** The page may show another conversation now. */
function moved() {
  const now = here();
  if (now !== at) {
    say("leave");
    others.clear();
    at = now;
  }
  if (!document.hidden) say("view");
  show();
}

/** @param {string} template @param {string[]} names */
function fill(template, names) {
  const more = names.length - 2;
  const shown = names.slice(0, 2).join(", ") + (more > 0 ? ` +${more}` : "");
  return template.replace("{names}", shown);
}

function show() {
  const box = bar();
  if (!box) return;
  const now = Date.now();
  for (const [agent, each] of others) if (now - each.heardAt > GONE_AFTER_MS) others.delete(agent);
  const writing = [...others.values()].filter((each) => now - each.wroteAt < WRITING_MS).map((each) => each.name);
  const names = writing.length ? writing : [...others.values()].map((each) => each.name);
  const words = names.length ? fill((writing.length ? box.dataset.writing : box.dataset.viewing) ?? "", names) : "";
  const text = box.querySelector("[data-company-text]");
  if (text && text.textContent !== words) text.textContent = words;
  if (box.hidden === Boolean(words)) keepingEnd(() => (box.hidden = !words));
  box.toggleAttribute("data-is-writing", writing.length > 0);
}

document.addEventListener("console:colleague", (event) => {
  const said = /** @type {CustomEvent<ColleagueDetail>} */ (event).detail;
  if (said.ticket !== at || said.agent === Number(bar()?.dataset.me)) return;
  if (said.do === "leave") others.delete(said.agent);
  else {
    const known = others.get(said.agent);
    const now = Date.now();
    others.set(said.agent, { name: said.name, heardAt: now, wroteAt: said.do === "write" ? now : (known?.wroteAt ?? 0) });
    if (!known && !document.hidden) say("view"); // who has just come does not know of us yet
  }
  show();
});
document.addEventListener("input", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches("[data-text]") || Date.now() - toldWritingAt < TELL_WRITING_MS) return;
  toldWritingAt = Date.now();
  say("write");
});
document.addEventListener("console:refresh", moved);
document.addEventListener("htmx:after:swap", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.target?.id === "workspace") moved();
});
document.addEventListener("visibilitychange", () => say(document.hidden ? "leave" : "view"));
window.addEventListener("pagehide", () => say("leave"));
setInterval(() => (document.hidden ? show() : moved()), AGAIN_MS);
setInterval(show, 2_000);
