// The menu shows the state that holds, also when another tab or the end of a last call has changed it.

const menu = () => /** @type {HTMLDetailsElement | null} */ (document.querySelector("#availability"));

function refresh() {
  const shown = menu();
  if (!shown) return;
  if (shown.open) {
    // Not under somebody's hand: when they are done.
    shown.addEventListener("toggle", refresh, { once: true });
    return;
  }
  htmx.ajax("GET", shown.dataset.url ?? "", { target: "#availability", swap: "outerHTML" });
}

document.addEventListener("console:availability", refresh);
