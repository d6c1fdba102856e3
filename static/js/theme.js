// Runs before the first paint, so it is a plain blocking script: a module would flash the other theme.
(() => {
  const KEY = "theme";
  const root = document.documentElement;

  /** @param {string | null} theme */
  function apply(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      const chosen = button.getAttribute("data-theme-choice") === (theme ?? "system");
      button.setAttribute("aria-pressed", String(chosen));
    }
  }

  /** @returns {string | null} */
  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is forbidden: the system's theme it is
    }
  }

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  window.addEventListener("storage", (event) => event.key === KEY && apply(event.newValue));
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-theme-choice]") : null;
    if (!button) return;
    const choice = button.getAttribute("data-theme-choice");
    const theme = choice === "system" ? null : choice;
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch {
      // the choice then lasts for this page only
    }
    apply(theme);
  });
})();
