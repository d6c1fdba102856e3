import { makeApi } from "./api.js";
import { obey } from "./commands.js";
import { makeConversation } from "./conversation.js";
import { button, h, readableOn } from "./dom.js";
import { EMBEDDED } from "./embedded.js";
import { icon } from "./icons.js";
import { makeInviter } from "./inviting.js";
import { makeNotifier } from "./notify.js";
import { makePanel } from "./panel.js";
import { makeStore } from "./store.js";
import { STYLES } from "./styles.js";
import { chooseLanguage, learn, t } from "./words.js";

/** The custom element and its launcher. Until the visitor opens it there is no request, no socket and no cookie. */

/** @typedef {(message: { text: string, author: { kind: string, name: string } }) => void} Listener */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const ACCENT = "#3b5bdb";
const TRY_AGAIN = 5000;

const KEY = script?.dataset.key || EMBEDDED?.key || "";
const ORIGIN = script?.src ? new URL(script.src).origin : location.origin;
const LANGUAGE = script?.dataset.language || document.documentElement.lang || navigator.language;

/** @type {Listener[]} */
const listeners = [];

/**
 * @param {HTMLElement} host
 * @param {string} jwt the site's word about its visitor
 */
function start(host, jwt) {
  const store = makeStore(KEY);
  const api = makeApi(ORIGIN, KEY, store);
  const notifier = makeNotifier(store);
  const config = /** @type {import("./frames.js").Config} */ ({ ...EMBEDDED, ...store.get("config") });
  /** @type {import("./panel.js").Panel | undefined} */
  let panel;
  /** @type {import("./conversation.js").Conversation | undefined} */
  let chat;
  /** @type {Record<string, string>} what the site knows already, by question */
  let known = {};
  /** The site's word about its visitor is handed over, if there was one. */
  let vouched = Promise.resolve();
  /** @type {import("./embedded.js").Invitation | undefined} the one that was followed */
  let invitation;
  /** Words are here. */
  let ready = false;
  /** @type {any} */
  let timer;

  const inviter = makeInviter(store, EMBEDDED?.invitations || [], (one) => {
    invitation = one;
    open();
    panel?.invited(one);
  });
  const badge = h("span", "badge");
  const label = h("span", "label");
  const launcher = h("button", { class: "launcher", type: "button", onclick: toggle }, icon("chat"), icon("close"), label, badge);
  /** Until the words are here: seen once in a browser, and then for a moment. */
  const title = h("strong", { id: "title", class: "hidden" }, t("launcher"));
  const bones = h("div", { class: "bones", role: "status" }, h("i"), h("i"), h("i"));
  const box = h(
    "section",
    {
      class: "panel",
      role: "dialog",
      "aria-labelledby": "title",
      hidden: true,
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => panel?.composer.take(event, event.dataTransfer),
    },
    h("div", "head", h("div", "names", title), button("round", close, t("launcherClose"), icon("close"))),
    bones,
  );
  const sheet = new CSSStyleSheet();
  const root = host.attachShadow({ mode: "open" });
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];
  root.append(box, inviter.element, launcher);
  root.addEventListener("keydown", (event) => key(/** @type {KeyboardEvent} */ (event)));
  document.addEventListener("visibilitychange", look);
  // Words of the last time are used when they are in this page's language.
  if (config.asked === LANGUAGE) take();
  paint();
  obey({ open, close, identify, forget, prefill, onMessage: (/** @type {Listener} */ listener) => listeners.push(listener) });
  // A conversation that goes on is the visitor's wish; a page without one stays silent.
  if (store.get("session") || store.outbox()[0]) {
    prepare();
    if (!panel) configure();
  }
  if (store.get("open")) open(false);

  function take() {
    learn({ ...config.words, language: config.language });
    ready = true;
  }

  /** Chat and window, made at the first need; the window as soon as there are words for it. */
  function prepare() {
    if (!chat) {
      chat = makeConversation(api, store, changed, (item, error) => {
        panel?.restore(item, error);
        if (error.field === "terms") configure();
      }, renew);
      if (jwt) vouched = chat.vouch(jwt);
    }
    if (panel || !ready) return;
    panel = makePanel(chat, config, notifier, close);
    panel.make();
    box.replaceChildren(...panel.parts);
    if (invitation) panel.invited(invitation);
    prefill({});
  }

  function toggle() {
    if (box.hidden) open();
    else close();
  }

  function open(focus = true) {
    if (!box.hidden) return;
    inviter.dismiss();
    box.hidden = false;
    store.set("open", true);
    prepare();
    shown(focus);
    configure();
  }

  /** @param {boolean} focus */
  function shown(focus) {
    paint();
    if (!panel || box.hidden) return;
    panel.toEnd();
    vouched.then(recall);
    if (focus) panel.focus();
  }

  /** Earlier chats of this browser, or of whom the site vouched for. */
  function recall() {
    panel?.home.remember().then(panel.show);
  }

  function close() {
    if (box.hidden) return;
    box.hidden = true;
    store.set("open", null);
    changed();
    launcher.focus();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    // The host page's shortcuts are not meant for what is typed here.
    event.stopPropagation();
    if (event.key !== "Escape" || event.isComposing) return;
    const menu = /** @type {HTMLElement | null} */ (root.querySelector("[open]>summary"));
    if (!menu) return close();
    menu.click();
    menu.focus();
  }

  /** Fetch questions and words; those of the last time are used until then. */
  async function configure() {
    clearTimeout(timer);
    const before = JSON.stringify(store.get("config"));
    try {
      Object.assign(config, await api.get("config", { language: LANGUAGE }), { asked: LANGUAGE });
    } catch (error) {
      bones.replaceChildren(h("p", "", /** @type {Error} */ (error).message));
      timer = setTimeout(() => box.hidden || configure(), TRY_AGAIN);
      return;
    }
    store.set("config", config);
    take();
    paint();
    if (!panel) {
      prepare();
      shown(true);
    } else if (before !== JSON.stringify(config)) panel.make();
  }

  /** Colours, side and direction; the host page's CSS variables come first. */
  function paint() {
    const own = getComputedStyle(host).getPropertyValue("--contactcentre-accent").trim();
    const accent = [own, host.dataset.accent, config.accent].find((one) => /^#[0-9a-f]{6}$/i.test(one || "")) || ACCENT;
    host.style.setProperty("--cc-accent", accent);
    host.style.setProperty("--cc-on-accent", readableOn(accent));
    host.dataset.position ??= config.position;
    host.dir = config.dir || "";
    host.lang = config.language || LANGUAGE;
    label.textContent = host.dataset.launcher || config.launcher || "";
    changed();
  }

  /** @param {import("./frames.js").Message[]} news */
  function changed(...news) {
    const unread = chat?.unread(chat.messages).length || 0;
    const answers = chat?.unread(news) || [];
    const closed = box.hidden;
    const name = label.textContent || t("launcher");
    if (!closed) panel?.show();
    look();
    badge.textContent = closed && unread ? String(unread) : "";
    launcher.ariaExpanded = String(!closed);
    launcher.ariaLabel = !closed ? t("launcherClose") : unread ? `${name}, ${t("unread", { n: unread })}` : name;
    if (answers[0] && (closed || document.hidden)) notifier.ring();
    for (const { text, author } of answers) for (const listener of listeners) listener({ text, author });
  }

  function look() {
    if (panel && !box.hidden && !document.hidden) chat?.look();
  }

  // --- what the site says ---

  /** @param {string | Record<string, string>} who signed by the site, or as it claims */
  function identify(who) {
    if (typeof who === "string") {
      jwt = who;
      panel?.home.refresh();
      if (chat) vouched = chat.vouch(who).then(recall);
    } else {
      prefill(who);
      if (chat?.session) chat.ask("identify", who).catch(() => {});
    }
  }

  /** The visitor logged out of the site: nothing of theirs stays in this browser. */
  function forget() {
    if (store.get("token")) api.post("identify", { forget: true }).catch(() => {});
    renew();
  }

  /**
   * Nothing of the former visitor stays in this browser, also when another came without a log-out.
   * @param {string} [jwt] of the next one
   */
  function renew(jwt) {
    chat?.forget();
    store.clear();
    if (jwt && !box.hidden) store.set("open", true);
    host.remove();
    boot(jwt);
  }

  /** @param {Record<string, string>} values by question, and `message` */
  function prefill(values) {
    known = { ...known, ...values };
    if (!panel) return;
    panel.before.fill(known);
    const { message } = known;
    known.message = "";
    if (message) panel.write(message);
  }
}

/** One widget for each key: a page may carry several brands, each with a script of its own. @param {string} [jwt] */
function boot(jwt = "") {
  const there = document.querySelector(`contact-chat[data-key=${JSON.stringify(KEY)}]`);
  if (!script || there || !("adoptedStyleSheets" in Document.prototype)) return;
  chooseLanguage(LANGUAGE);
  if (!customElements.get("contact-chat")) customElements.define("contact-chat", class extends HTMLElement {});
  const element = document.createElement("contact-chat");
  Object.assign(element.dataset, script.dataset, { key: KEY });
  document.body.append(element);
  start(element, jwt);
}

/** In a task of its own: the host page waits for no more than reading the script. */
const later = () => setTimeout(boot);
if (document.body) later();
else addEventListener("DOMContentLoaded", later);
