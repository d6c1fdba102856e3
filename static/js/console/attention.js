// Customers who wait for a word of ours: a number in the tab's title and in the rail, a flashing title while the tab is
// hidden, a short sound for those who asked for it.
import { ownChats } from "./arrivals.js";

const FLASH_MS = 1000;
const STORED = "console.sound";

/** @type {Map<number, number> | null} */
let heard = null;
let waitingBefore = 0;
let askedBefore = 0;
/** @type {number | undefined} */
let flashing;
/** @type {AudioContext | undefined} */
let audio;

const isSoundOn = () => localStorage.getItem(STORED) === "on";
const plainTitle = () => document.title.replace(/^(\(\d+\) |● )+/, "");
/** Chats that the agent is asked to take, whatever page they are on. */
const askedNow = () => document.querySelectorAll("#desk [data-offer], #desk [data-transfer].desk-card--offer").length;
const waitingNow = () => Number(document.querySelector('[data-count="chats"]')?.textContent?.replace("+", "") ?? 0);

function showNumber() {
  const unanswered = ownChats().filter(({ waits }) => waits).length;
  const title = unanswered ? `(${unanswered}) ${plainTitle()}` : plainTitle();
  if (document.title !== title && !flashing) document.title = title;
  const badge = document.querySelector("[data-unanswered]");
  if (!badge) return;
  badge.textContent = String(unanswered);
  badge.toggleAttribute("hidden", !unanswered);
}

/** Whether somebody wrote or began to wait since the last look. */
function somethingCame() {
  const now = new Map(ownChats().map(({ ticket, seq, waits }) => [ticket, waits ? seq : 0]));
  const before = heard;
  const moreWait = waitingNow() > waitingBefore || askedNow() > askedBefore;
  heard = now;
  waitingBefore = waitingNow();
  askedBefore = askedNow();
  return before !== null && (moreWait || [...now].some(([ticket, seq]) => seq > (before.get(ticket) ?? 0)));
}

function flash() {
  if (!document.hidden || flashing || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let on = false;
  flashing = setInterval(() => {
    on = !on;
    document.title = on ? `● ${plainTitle()}` : plainTitle();
  }, FLASH_MS);
}

function stopFlash() {
  if (document.hidden) return;
  clearInterval(flashing);
  flashing = undefined;
  showNumber();
}

/** Two soft tones; a browser that has heard no click yet refuses, which is fine. */
function sound() {
  if (!isSoundOn()) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
  const from = audio.currentTime;
  for (const [at, pitch] of [[0, 660], [0.12, 880]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, from + at);
    volume.gain.exponentialRampToValueAtTime(0.001, from + at + 0.18);
    tone.connect(volume).connect(audio.destination);
    tone.start(from + at);
    tone.stop(from + at + 0.2);
  }
}

function showChoice() {
  const button = document.querySelector("[data-sound]");
  button?.setAttribute("aria-pressed", String(isSoundOn()));
  button?.querySelector("[data-sound-on]")?.toggleAttribute("hidden", !isSoundOn());
  button?.querySelector("[data-sound-off]")?.toggleAttribute("hidden", isSoundOn());
}

function look() {
  if (somethingCame()) {
    flash();
    sound();
  }
  showNumber();
  showChoice();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-sound]")) return;
  localStorage.setItem(STORED, isSoundOn() ? "off" : "on");
  showChoice();
  sound();
});
document.addEventListener("htmx:after:swap", look);
document.addEventListener("console:desk", look);
document.addEventListener("visibilitychange", stopFlash);
// A conversation that opens brings its own title, after the swap was announced.
new MutationObserver(showNumber).observe(document.head, { subtree: true, childList: true, characterData: true });
look();
