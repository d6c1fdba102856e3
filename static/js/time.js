// Keeps relative times, waiting times and deadlines true while the page stands open.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const AMBER_SECONDS = 30 * MINUTE;

/** A length of time in at most two units. @param {number} seconds */
export function duration(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  const words = document.body.dataset;
  const put = (/** @type {string | undefined} */ form, /** @type {number} */ n) => (form ?? "{n}").replace("{n}", String(n));
  if (whole < MINUTE) return put(words.seconds, whole);
  if (whole < HOUR) return put(words.minutes, Math.floor(whole / MINUTE));
  if (whole < 2 * DAY) {
    const minutes = Math.floor((whole % HOUR) / MINUTE);
    const hours = put(words.hours, Math.floor(whole / HOUR));
    return minutes && whole < 10 * HOUR ? `${hours} ${put(words.minutes, minutes)}` : hours;
  }
  return put(words.days, Math.floor(whole / DAY));
}

/** @param {HTMLElement} pill */
function showDeadline(pill) {
  const seconds = (Date.parse(pill.dataset.sla ?? "") - Date.now()) / 1000;
  const late = seconds < 0;
  pill.classList.toggle("badge--breach", late);
  pill.classList.toggle("badge--warn", !late && seconds < AMBER_SECONDS);
  pill.classList.toggle("badge--ok", !late && seconds >= AMBER_SECONDS);
  const words = pill.querySelector("[data-sla-text]");
  const form = (late ? pill.dataset.late : pill.dataset.left) ?? "{time}";
  if (words) words.textContent = form.replace("{time}", duration(seconds));
}

/** @param {HTMLTimeElement} time */
function showAge(time) {
  const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
  if (seconds < MINUTE) time.textContent = document.body.dataset.now ?? "";
  else if (seconds < 12 * HOUR) time.textContent = duration(seconds).split(" ").slice(0, 2).join(" ");
}

/** "0:45", "12:03"; from an hour on as `duration`. @param {number} seconds */
function stopwatch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < HOUR ? `${Math.floor(whole / MINUTE)}:${String(whole % MINUTE).padStart(2, "0")}` : duration(whole);
}

/** How long somebody has been waiting for a word; it stands out when that is too long. */
function showWaits() {
  for (const each of document.querySelectorAll("[data-wait]")) {
    const mark = /** @type {HTMLElement} */ (each);
    const seconds = (Date.now() - Date.parse(mark.dataset.wait ?? "")) / 1000;
    mark.classList.toggle("is-long", seconds >= Number(mark.dataset.alarm));
    const words = mark.querySelector("[data-wait-text]");
    const text = stopwatch(seconds);
    if (words && words.textContent !== text) words.textContent = text;
  }
}

/** Refresh all times within `root`. @param {ParentNode} [root] */
export function refreshTimes(root = document) {
  for (const pill of root.querySelectorAll("[data-sla]")) showDeadline(/** @type {HTMLElement} */ (pill));
  for (const time of root.querySelectorAll("time[data-when]")) showAge(/** @type {HTMLTimeElement} */ (time));
}

refreshTimes();
setInterval(refreshTimes, 10_000);
setInterval(showWaits, 1000);
document.addEventListener("htmx:after:swap", () => {
  refreshTimes();
  showWaits();
});
