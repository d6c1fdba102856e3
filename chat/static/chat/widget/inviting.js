import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { Store } from "./store.js";
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

/** Kept until the browser's session ends; without storage, until the page does. @param {string} name @param {string} [value] */
function session(name, value) {
  try {
    if (value) sessionStorage.setItem(name, value);
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

export class Inviter {
  element = h("div", { class: "invitation", role: "status", hidden: true });
  page = "";
  since = 0;
  /** @type {any} */
  timer = 0;

  /**
   * @param {Store} store
   * @param {Invitation[]} invitations
   * @param {(one: Invitation) => void} accepted
   */
  constructor(store, invitations, accepted) {
    this.mark = `${store.prefix}met`;
    this.invitations = invitations;
    this.accepted = accepted;
    // Only a rule about visits makes the browser count them.
    if (!invitations.some((one) => one.visits > 1)) this.visits = 1;
    else {
      this.visits = (store.get("visits") || 0) + (session(`${store.prefix}visit`) ? 0 : 1);
      session(`${store.prefix}visit`, "1");
      store.set("visits", this.visits);
    }
    if (invitations.length && !session(this.mark)) this.timer = setInterval(() => this.tick(), 1000);
  }

  /** Pages change without loading: the address is looked at, and time on the page begins anew. */
  tick() {
    if (this.page !== location.href) this.since = Date.now();
    this.page = location.href;
    const seconds = (Date.now() - this.since) / 1000;
    const fits = (/** @type {Invitation} */ one) => one.visits <= this.visits && one.after <= seconds && matches(one.page, this.page);
    const found = this.invitations.find(fits);
    if (found) this.show(found);
  }

  /** @param {Invitation} invitation */
  show(invitation) {
    this.stop();
    const accept = () => {
      this.dismiss();
      this.accepted(invitation);
    };
    this.element.hidden = false;
    this.element.append(button("said", accept, invitation.text), button("round", () => this.dismiss(), t("launcherClose"), icon("close")));
  }

  /** The visitor has answered it, or opened the chat anyway: not again in this session. */
  dismiss() {
    this.stop();
    session(this.mark, "1");
    this.element.hidden = true;
  }

  stop() {
    clearInterval(this.timer);
  }
}
