import { Api } from "./api.js";
import { offer } from "./commands.js";
import { Conversation } from "./conversation.js";
import { button, h, readableOn } from "./dom.js";
import { EMBEDDED } from "./embedded.js";
import { icon } from "./icons.js";
import { Inviter } from "./inviting.js";
import { Notifier } from "./notify.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";
import { STYLES } from "./styles.js";
import { chooseLanguage, learn, t } from "./words.js";

/** The custom element and its launcher. Until the visitor opens it there is no request, no socket and no cookie. */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const ACCENT = "#3b5bdb";
const TRY_AGAIN = 5000;

/** @type {import("./frames.js").Config} */
const DEFAULTS = { title: "", greeting: "", accent: "", max_characters: 10000, max_bytes: 25 * 1024 * 1024 };

const KEY = script?.dataset.key || EMBEDDED?.key || "";
const ORIGIN = script?.src ? new URL(script.src).origin : location.origin;
const LANGUAGE = script?.dataset.language || document.documentElement.lang || navigator.language;

/** @type {((message: { text: string, author: { kind: string, name: string } }) => void)[]} */
const listeners = [];

class ContactChat extends HTMLElement {
  /** @type {Panel | null} */
  panel = null;
  /** @type {Conversation | null} */
  chat = null;
  store = new Store(KEY);
  api = new Api(ORIGIN, KEY, this.store);
  notifier = new Notifier(this.store);
  /** @type {import("./frames.js").Config} */
  config = { ...DEFAULTS, ...EMBEDDED, ...this.remembered() };
  /** @type {Record<string, string>} what the site knows already, by question */
  known = {};
  jwt = "";
  /** @type {any} */
  timer = 0;
  invitation = "";
  inviter = new Inviter(this.store, EMBEDDED?.invitations || [], (one) => {
    this.invitation = one.id;
    this.open();
    this.panel?.write();
  });
  badge = h("span", { class: "badge", hidden: true });
  label = h("span", { class: "label" });
  launcher = h(
    "button",
    { class: "launcher", type: "button", "aria-expanded": "false", onclick: () => this.toggle() },
    ...[icon("chat"), icon("close"), this.label, this.badge],
  );
  /** Until the words are here; seen once in a browser, and then for a moment. */
  bones = [
    h("div", { class: "head" }, h("div", { class: "names" }), button("round", () => this.close(), t("launcherClose"), icon("close"))),
    h("div", { class: "bones", role: "status" }, h("i"), h("i"), h("i")),
  ];
  window = h("section", { class: "panel", role: "dialog", "aria-label": t("launcher"), hidden: true }, ...this.bones);

  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    root.append(this.window, this.inviter.element, this.launcher);
    this.paint();
    root.addEventListener("keydown", (event) => this.key(/** @type {KeyboardEvent} */ (event)));
    offer({
      open: () => this.open(),
      close: () => this.close(),
      identify: (/** @type {any} */ who) => this.identify(who),
      forget: () => this.forget(),
      prefill: (/** @type {Record<string, string>} */ values) => this.prefill(values),
      onMessage: (/** @type {any} */ listener) => listeners.push(listener),
    });
    // A conversation that goes on is the visitor's wish; a page without one stays silent.
    if (this.store.get("session") || this.store.outbox().length) {
      this.prepare();
      if (!this.panel) this.configure();
    }
    if (this.store.get("open")) this.open(false);
  }

  /** The configuration of the last time, when it speaks this page's language. */
  remembered() {
    const config = this.store.get("config");
    if (config?.asked !== LANGUAGE) return {};
    learn({ ...config.words, language: config.language });
    return config;
  }

  /** Chat and window, made at the first need; the window as soon as there are words for it. */
  prepare() {
    if (!this.chat) {
      const changed = (/** @type {string} */ _what, /** @type {any} */ message) => this.changed(message);
      this.chat = new Conversation(this.api, this.store, changed, (item, error) => {
        this.panel?.restore(item, error);
        if (error.field === "terms") this.configure();
      });
      document.addEventListener("visibilitychange", () => this.look());
      this.chat.resume();
      if (this.jwt) this.chat.vouch(this.jwt);
    }
    if (this.panel || !this.config.words) return;
    const panel = (this.panel = new Panel(this.chat, this.config, this.notifier, () => this.close()));
    panel.invitation = this.invitation;
    this.window.replaceChildren(...panel.parts);
    this.window.removeAttribute("aria-label");
    this.window.setAttribute("aria-labelledby", "title");
    this.window.addEventListener("dragover", (event) => event.preventDefault());
    this.window.addEventListener("drop", (event) => panel.composer.take(event, event.dataTransfer));
    panel.make();
    this.prefill({});
  }

  toggle() {
    if (this.window.hidden) this.open();
    else this.close();
  }

  open(focus = true) {
    if (!this.window.hidden) return;
    this.inviter.dismiss();
    this.window.hidden = false;
    this.store.set("open", true);
    this.prepare();
    this.paint();
    this.shown(focus);
    this.configure();
  }

  /** @param {boolean} focus */
  shown(focus) {
    const { panel } = this;
    if (!panel || this.window.hidden) return;
    panel.show();
    panel.toEnd();
    panel.home.remember().then(() => panel.show());
    if (focus) panel.focus();
    this.look();
  }

  close() {
    if (this.window.hidden) return;
    this.window.hidden = true;
    this.store.set("open", null);
    this.changed();
    this.launcher.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    // The host page's shortcuts are not meant for what is typed here.
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing && !this.panel?.escape()) this.close();
  }

  /** Fetch looks, questions and words; those of the last time are used until then. */
  async configure() {
    clearTimeout(this.timer);
    let same = false;
    try {
      const config = await this.api.get("config", { language: LANGUAGE });
      config.asked = LANGUAGE;
      same = JSON.stringify(config) === JSON.stringify(this.store.get("config"));
      this.store.set("config", config);
      Object.assign(this.config, config);
      learn({ ...config.words, language: config.language });
    } catch (error) {
      if (!this.panel) this.bones[1]?.replaceChildren(h("p", {}, /** @type {Error} */ (error).message || t("unavailable")));
      this.timer = setTimeout(() => this.window.hidden || this.configure(), TRY_AGAIN);
      return;
    }
    this.paint();
    if (this.panel) return same || this.panel.make();
    this.prepare();
    this.shown(true);
  }

  /** Colours, side and direction; the host page's CSS variables come first. */
  paint() {
    const { config } = this;
    const own = getComputedStyle(this).getPropertyValue("--contactcentre-accent").trim();
    const wanted = own || this.dataset.accent || config.accent || ACCENT;
    const accent = /^#[0-9a-f]{6}$/i.test(wanted) ? wanted : ACCENT;
    this.style.setProperty("--cc-accent", accent);
    this.style.setProperty("--cc-on-accent", readableOn(accent));
    this.dataset.position ??= config.position || "right";
    const root = this.shadowRoot;
    for (const part of /** @type {HTMLElement[]} */ ([...(root?.children || [])])) {
      part.dir = config.dir || "ltr";
      part.lang = config.language || LANGUAGE;
    }
    this.label.textContent = this.dataset.launcher || config.launcher || "";
    this.changed();
  }

  /** @param {import("./frames.js").Message} [message] */
  changed(message) {
    const { panel, chat, badge, launcher } = this;
    const closed = this.window.hidden;
    const unread = chat?.unread || 0;
    if (!closed) panel?.show();
    this.look();
    badge.textContent = String(unread || "");
    badge.hidden = !closed || !unread;
    launcher.ariaExpanded = String(!closed);
    const name = this.label.textContent || t("launcher");
    launcher.ariaLabel = !closed ? t("launcherClose") : unread ? `${name}, ${t("unread", { n: unread })}` : name;
    if (message && message.author.kind !== "visitor" && message.seq > (chat?.is.visitor_seen || 0)) this.tell(message);
  }

  /** @param {import("./frames.js").Message} message */
  tell({ text, author }) {
    this.notifier.ring();
    for (const listener of listeners) listener({ text, author });
  }

  look() {
    if (this.panel && !this.window.hidden && !document.hidden) this.chat?.look();
  }

  // --- what the site says ---

  /** @param {string | { name?: string, email?: string }} who signed by the site, or as it claims */
  identify(who) {
    if (typeof who === "string") {
      this.jwt = who;
      this.chat?.vouch(who);
    } else {
      this.prefill(/** @type {Record<string, string>} */ (who));
      if (this.chat?.open) this.chat.ask("identify", who).catch(() => {});
    }
  }

  /** The visitor logged out of the site: nothing of theirs stays in this browser. */
  forget() {
    this.chat?.forget();
    this.store.clear();
    this.remove();
    boot();
  }

  /** @param {Record<string, string>} values by question, and `message` */
  prefill(values) {
    Object.assign(this.known, values);
    const { message, ...answers } = this.known;
    if (!this.panel) return;
    this.panel.before.fill(answers);
    if (!message || this.panel.composer.text.value) return;
    delete this.known.message;
    this.panel.composer.write(message);
    this.panel.writing = true;
    this.panel.show();
  }
}

function boot() {
  if (!script || !window.customElements || !("adoptedStyleSheets" in Document.prototype)) return;
  chooseLanguage(LANGUAGE);
  if (!customElements.get("contact-chat")) customElements.define("contact-chat", ContactChat);
  const element = document.createElement("contact-chat");
  Object.assign(element.dataset, script.dataset);
  document.body.append(element);
}

if (document.body) boot();
else addEventListener("DOMContentLoaded", boot);
