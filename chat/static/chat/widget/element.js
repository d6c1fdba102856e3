import { Api } from "./api.js";
import { Conversation } from "./conversation.js";
import { h, readableOn } from "./dom.js";
import { icon } from "./icons.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";
import { STYLES } from "./styles.js";
import { chooseLanguage, t } from "./strings.js";

/** The custom element and its launcher. Until the visitor opens it there is no request, no socket and no cookie. */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const ACCENT = "#3b5bdb";

/** @type {import("./panel.js").Config} */
const DEFAULTS = { title: "", greeting: "", accent: "", max_characters: 10000, max_bytes: 25 * 1024 * 1024 };

const KEY = script?.dataset.key || "";
const ORIGIN = script?.src ? new URL(script.src).origin : location.origin;

class ContactChat extends HTMLElement {
  /** @type {Panel | null} */
  panel = null;
  /** @type {Conversation | null} */
  chat = null;
  store = new Store(KEY);
  api = new Api(ORIGIN, KEY, this.store);
  config = { ...DEFAULTS, ...this.store.get("config") };
  badge = h("span", { class: "badge", hidden: true });
  launcher = h(
    "button",
    { class: "launcher", type: "button", "aria-label": t("launcher"), "aria-expanded": "false", onclick: () => this.toggle() },
    ...[icon("chat"), icon("down"), this.badge],
  );

  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    root.append(this.launcher);
    this.paint();
    root.addEventListener("keydown", (event) => this.key(/** @type {KeyboardEvent} */ (event)));
    // A conversation that goes on is the visitor's wish; a page without one stays silent.
    if (this.store.get("session") || this.store.outbox().length) this.prepare();
    if (this.store.get("open")) this.open(false);
  }

  /** Chat and window, made at the first need. */
  prepare() {
    if (this.panel) return this.panel;
    const chat = (this.chat = new Conversation(this.api, this.store, (_what, message) => this.changed(message)));
    const panel = (this.panel = new Panel(chat, this.config, () => this.close()));
    this.shadowRoot?.prepend(panel.element);
    document.addEventListener("visibilitychange", () => this.look());
    chat.resume();
    return panel;
  }

  toggle() {
    if (this.panel && !this.panel.element.hidden) this.close();
    else this.open();
  }

  open(focus = true) {
    const panel = this.prepare();
    if (!panel.element.hidden) return;
    panel.element.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.launcher.setAttribute("aria-label", t("launcherClose"));
    this.store.set("open", true);
    panel.show();
    panel.grow();
    panel.toEnd();
    if (focus) panel.text.focus();
    this.look();
    this.configure();
  }

  close() {
    if (!this.panel || this.panel.element.hidden) return;
    this.panel.element.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.store.set("open", null);
    this.changed();
    this.launcher.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    // The host page's shortcuts are not meant for what is typed here.
    event.stopPropagation();
    if (event.key !== "Escape" || event.isComposing) return;
    if (this.panel?.asking) this.panel.ask(false);
    else this.close();
  }

  /** Fetch how the widget looks; the last look is remembered, so that it seldom changes before the visitor's eyes. */
  async configure() {
    const config = await this.api.get("config").catch((error) => this.panel?.warn(error.code === "network" ? "" : error.message));
    if (!config) return;
    this.store.set("config", config);
    Object.assign(this.config, config);
    this.paint();
    this.panel?.show();
  }

  paint() {
    const wanted = this.dataset.accent || this.config.accent || ACCENT;
    const accent = /^#[0-9a-f]{6}$/i.test(wanted) ? wanted : ACCENT;
    this.style.setProperty("--cc-accent", accent);
    this.style.setProperty("--cc-on-accent", readableOn(accent));
  }

  /** @param {import("./conversation.js").Message} [message] */
  changed(message) {
    const { panel, chat, badge } = this;
    if (!panel || !chat) return;
    if (!panel.element.hidden) panel.show();
    this.look();
    badge.textContent = String(chat.unread || "");
    badge.hidden = !panel.element.hidden || !chat.unread;
    if (!panel.element.hidden) return;
    this.launcher.setAttribute("aria-label", chat.unread ? `${t("launcher")}, ${t("unread", { n: chat.unread })}` : t("launcher"));
    if (message) this.dispatchEvent(new CustomEvent("message", { detail: { text: message.text, author: message.author } }));
  }

  look() {
    if (this.panel && !this.panel.element.hidden && !document.hidden) this.chat?.look();
  }
}

function boot() {
  if (!script || !window.customElements || !("adoptedStyleSheets" in Document.prototype)) return;
  chooseLanguage(script.dataset.language || document.documentElement.lang || navigator.language);
  if (!customElements.get("contact-chat")) customElements.define("contact-chat", ContactChat);
  const element = document.createElement("contact-chat");
  Object.assign(element.dataset, script.dataset);
  document.body.append(element);
}

if (document.body) boot();
else addEventListener("DOMContentLoaded", boot);
