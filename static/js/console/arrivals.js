// Tells the server that the words of one's own chats have arrived here, so that the customer sees "delivered".
// The rail lists one's running chats with their newest message; hints say so sooner.
import { tell } from "./socket.js";

/** @type {Map<number, number>} */
const told = new Map();

/** One's running chats, from the rail. @returns {{ticket: number, seq: number, waits: boolean}[]} */
export function ownChats() {
  const text = document.getElementById("views")?.dataset.ownChats ?? "";
  return text
    .split(",")
    .filter(Boolean)
    .map((each) => each.split(":").map(Number))
    .map(([ticket, seq, waits]) => ({ ticket, seq, waits: waits === 1 }));
}

/** @param {number} ticket @param {number} seq */
function got(ticket, seq) {
  if (seq <= (told.get(ticket) ?? 0)) return;
  if (tell({ type: "got", ticket, seq })) told.set(ticket, seq);
}

const gotAll = () => ownChats().forEach(({ ticket, seq }) => got(ticket, seq));

document.addEventListener("console:hint", (event) => {
  const hint = /** @type {CustomEvent<HintDetail>} */ (event).detail;
  if (hint.event === "message" && ownChats().some(({ ticket }) => ticket === hint.ticket)) got(hint.ticket, hint.seq);
});
document.addEventListener("console:refresh", gotAll);
document.addEventListener("htmx:after:swap", gotAll);
