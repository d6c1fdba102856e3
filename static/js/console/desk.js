// The cards at the foot of the list, on every page: what is offered to the agent, and what they wrap up. A hint asks for them anew.
import { announce } from "../toasts.js";

const GATHER_MS = 150;
const AGAIN_MS = 5000;

/** @type {number | undefined} */
let timer;
let shownAt = 0;
let askedAt = 0;

const desk = () => /** @type {HTMLElement | null} */ (document.querySelector("#desk"));
const offers = () => [...(desk()?.querySelectorAll("[data-offer]") ?? [])].map((card) => card.getAttribute("data-offer") ?? "");
/** @type {Set<string>} */
let known = new Set();

/** Say yes to the first card that asks. @returns whether there was one */
export function acceptOffer() {
  const button = desk()?.querySelector("[data-accept-offer]");
  if (!(button instanceof HTMLElement)) return false;
  button.click();
  return true;
}

async function refresh() {
  const place = desk();
  if (!place) return;
  if (place.querySelector("details[open]")) return later(1000); // somebody is writing why they decline
  askedAt = performance.now();
  // Not through htmx: a look that nobody asked for must not put its failure before the reader.
  const answer = await fetch(place.dataset.url ?? "", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer) return later(AGAIN_MS);
  if (!answer.ok) return;
  const cards = await answer.text();
  if (place.querySelector("details[open]")) return later(1000);
  place.innerHTML = cards;
  htmx.process(place);
  arrived();
  hideTwice();
  document.dispatchEvent(new CustomEvent("console:desk"));
}

/** @param {number} [wait] */
function later(wait = GATHER_MS) {
  clearTimeout(timer);
  timer = setTimeout(refresh, wait);
}

function arrived() {
  shownAt = performance.now();
  const now = new Set(offers());
  const place = desk();
  for (const pk of now) if (!known.has(pk)) announce(place?.querySelector(`[data-offer="${pk}"] h2`)?.textContent?.trim() ?? "");
  known = now;
  tick();
}

function tick() {
  let over = false;
  for (const each of desk()?.querySelectorAll("[data-left]") ?? []) {
    const left = Number(each.getAttribute("data-left")) - (performance.now() - shownAt) / 1000;
    const text = each.querySelector("[data-left-text]");
    const seconds = Math.max(0, Math.ceil(left));
    if (text) text.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    each.classList.toggle("is-short", left < 6);
    if (left < -1) over = true; // the server's sweep closes it within a second or two
  }
  if (over && performance.now() - askedAt > 1500) refresh();
}

/** Whether the rail counts `ticket` among the agent's own chats. @param {number} ticket */
const isOwn = (ticket) => (document.querySelector("[data-own-chats]")?.getAttribute("data-own-chats") ?? "").split(",").some((each) => each.startsWith(`${ticket}:`));

/** The agent's chat has ended: ask how it came out, unless the question stands there already. */
function askOutcome() {
  const place = document.getElementById("wrap-up");
  if (!place || !document.querySelector("[data-wrap-up-due]") || place.querySelector("form") || place.hasAttribute("data-asked")) return;
  place.setAttribute("data-asked", "");
  htmx.ajax("GET", place.dataset.url ?? "", { target: "#wrap-up", swap: "innerHTML" });
}

/** Where the form stands, the card would only cover what is above it. */
function hideTwice() {
  const open = document.querySelector("[data-wrap-up-form]") && document.querySelector("[data-conversation]")?.getAttribute("data-conversation");
  for (const card of desk()?.querySelectorAll("[data-wrap-up]") ?? []) card.toggleAttribute("hidden", card.getAttribute("data-wrap-up") === open);
}

if (desk()) {
  // Rows of the list can be scrolled out from under the cards.
  new ResizeObserver(() => document.body.style.setProperty("--desk-height", `${desk()?.offsetHeight ?? 0}px`)).observe(/** @type {HTMLElement} */ (desk()));
  document.addEventListener("console:hint", (event) => {
    const hint = /** @type {CustomEvent<HintDetail>} */ (event).detail;
    const shown = desk()?.querySelector(`[data-offer="${hint.ticket}"], [data-wrap-up="${hint.ticket}"]`);
    if (String(hint.event) === "desk" || (hint.event === "changed" && (shown || isOwn(hint.ticket)))) later();
  });
  document.addEventListener("console:refresh", () => later());
  document.addEventListener("conversation:changed", () => later());
  document.addEventListener("chats:accepted", () => later());
  document.addEventListener("htmx:after:swap", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.ctx.target?.id === "desk") arrived();
    askOutcome();
    hideTwice();
  });
  setInterval(tick, 500);
  later(0);
  askOutcome();
}
