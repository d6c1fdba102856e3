// The socket says *that* something changed; what it looks like now is fetched over HTTP. It may drop hints, so every
// reconnect refetches all that is on the screen, and the state shown is the truth.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
const BEAT_MS = 6_000;
// Looked at with every beat: a line that is dead is found within 19 seconds.
const SILENCE_MS = 13_000;
const SESSION_ENDED = 4401;

let attempts = 0;
let lastHeardAt = new Date();
/** @type {number | undefined} */
let timer;
/** @type {WebSocket | null} */
let socket = null;
/** @type {"connecting" | "live" | "reconnecting" | "ended"} */
let state = "connecting";

function show() {
  const label = document.querySelector("[data-socket]");
  const text = label?.querySelector("[data-socket-text]");
  if (!(label instanceof HTMLElement) || !text) return;
  label.dataset.state = state;
  const words = label.dataset[state] ?? "";
  const shown = words.replace("{time}", lastHeardAt.toLocaleTimeString());
  if (text.textContent !== shown) text.textContent = shown;
}

/** @param {"connecting" | "live" | "reconnecting" | "ended"} next */
function become(next) {
  state = next;
  document.documentElement.dataset.connection = next;
  show();
}

function connect() {
  clearTimeout(timer);
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/console/`);
  socket.addEventListener("open", () => {
    const again = attempts > 0;
    attempts = 0;
    lastHeardAt = new Date();
    become("live");
    // Also on the first connection: something may have come between the page and the socket.
    document.dispatchEvent(new CustomEvent("console:refresh", { detail: { again } }));
  });
  socket.addEventListener("message", (message) => hear(String(message.data)));
  socket.addEventListener("close", (event) => closed(event.code));
}

/** @param {string} text */
function hear(text) {
  lastHeardAt = new Date();
  const frame = JSON.parse(text);
  if (frame.type === "hint") document.dispatchEvent(new CustomEvent("console:hint", { detail: frame }));
  if (frame.type === "colleague") document.dispatchEvent(new CustomEvent("console:colleague", { detail: frame }));
  if (frame.type === "availability") document.dispatchEvent(new CustomEvent("console:availability"));
}

/** @param {number} code */
function closed(code) {
  socket = null;
  if (code === SESSION_ENDED) {
    become("ended");
    document.dispatchEvent(new CustomEvent("console:ended"));
    return;
  }
  become("reconnecting");
  attempts += 1;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts, 10));
  clearTimeout(timer);
  timer = setTimeout(connect, wait / 2 + (Math.random() * wait) / 2); // jitter: a restart must not bring all back at once
}

/** Tell the server something, if the line is up. @param {Record<string, string | number>} frame @returns whether it was sent */
export function tell(frame) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

function beat() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (Date.now() - lastHeardAt.getTime() > SILENCE_MS) socket.close(); // a dead line looks open for minutes
  else socket.send(JSON.stringify({ type: "ping" }));
}

if (document.querySelector("[data-console], #desk")) {
  connect();
  setInterval(beat, BEAT_MS);
  document.addEventListener("htmx:after:swap", show);
  window.addEventListener("online", () => state === "reconnecting" && !socket && connect());
}
