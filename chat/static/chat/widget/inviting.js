import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

/** When the widget speaks first: on these pages, after this time, from this visit on; once refused, no more today. */

/** @typedef {import("./embedded.js").Invitation} Invitation */

/**
 * @param {string} pattern with * for anything
 * @param {string} address
 */
function matches(pattern, address) {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(address);
}

/**
 * @param {import("./store.js").Store} store
 * @param {Invitation[]} invitations
 * @param {(one: Invitation) => void} accepted
 */
export function makeInviter(store, invitations, accepted) {
  const element = h("div", { class: "invitation", role: "status", hidden: true });
  let visits = 1;
  let page = "";
  let since = 0;
  /** @type {any} */
  let timer;

  // Only a rule about visits makes the browser count them.
  if (invitations.some((one) => one.visits > 1)) {
    visits = (store.get("visits") || 0) + (session("visit") ? 0 : 1);
    session("visit", "1");
    store.set("visits", visits);
  }
  if (invitations[0] && !session("met")) timer = setInterval(tick, 1000);

  /** Kept until the browser's session ends; without storage, until the page does. @param {string} name @param {string} [value] */
  function session(name, value) {
    try {
      if (value) sessionStorage[store.prefix + name] = value;
      return sessionStorage[store.prefix + name];
    } catch {
      return "";
    }
  }

  /** Pages change without loading: the address is looked at, and time on the page begins anew. */
  function tick() {
    if (page !== location.href) since = Date.now();
    page = location.href;
    const seconds = (Date.now() - since) / 1000;
    const found = invitations.find((one) => one.visits <= visits && one.after <= seconds && matches(one.page, page));
    if (found) show(found);
  }

  /** @param {Invitation} invitation */
  function show(invitation) {
    clearInterval(timer);
    const accept = () => {
      dismiss();
      accepted(invitation);
    };
    element.hidden = false;
    element.append(button("said", accept, invitation.text), button("round", dismiss, t("launcherClose"), icon("close")));
  }

  /** The visitor has answered it, or opened the chat anyway: not again in this session. */
  function dismiss() {
    clearInterval(timer);
    session("met", "1");
    element.hidden = true;
  }

  return { element, dismiss };
}
