// Says so when the figures on the page are old: a wallboard must never show the past as the present.

const STALE_SECONDS = 30;

function checkFreshness() {
  const fresh = /** @type {HTMLElement | null} */ (document.querySelector("[data-fresh]"));
  if (!fresh) return;
  const age = (Date.now() - Date.parse(fresh.dataset.fresh ?? "")) / 1000;
  fresh.classList.toggle("dashboard__fresh--stale", age > STALE_SECONDS);
}

setInterval(checkFreshness, 5_000);
document.addEventListener("htmx:after:swap", checkFreshness);
