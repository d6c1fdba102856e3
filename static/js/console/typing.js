// "Mia is typing" in an open chat. A hint that is not repeated is over after ten seconds.

const OVER_AFTER_MS = 10_000;
/** @type {number | undefined} */
let timer;

/** @param {boolean} on */
function show(on) {
  document.querySelector("[data-visitor-typing]")?.toggleAttribute("hidden", !on);
  clearTimeout(timer);
  if (on) timer = setTimeout(() => show(false), OVER_AFTER_MS);
}

document.addEventListener("console:hint", (event) => {
  const hint = /** @type {CustomEvent<HintDetail>} */ (event).detail;
  if (String(hint.ticket) !== document.querySelector("[data-conversation]")?.getAttribute("data-conversation")) return;
  if (hint.event === "typing") show(Boolean(hint.on));
  if (hint.event === "message") show(false);
});
