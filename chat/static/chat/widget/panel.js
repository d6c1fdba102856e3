import { lastState, messageRow, pendingRow, typingRow } from "./bubbles.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { button, h, input, popup, say } from "./dom.js";
import { Ending } from "./ending.js";
import { Before } from "./form.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { Notifier } from "./notify.js";
import { Waiting } from "./waiting.js";
import { t } from "./words.js";

/** The window: what is before the chat, the chat, what comes after it, and which of these is shown. */

const NEAR_END = 80;

export class Panel {
  /** The chat whose messages stand in the log. */
  shown = "";
  asking = false;
  /** The visitor wants to write rather than to look around. */
  writing = false;
  /** Which invitation was followed. */
  invitation = "";
  /** The visitor is at the end of the conversation and stays there while it grows, until they scroll up. */
  pinned = true;
  at = 0;

  face = h("div", { class: "face", "aria-hidden": "true" });
  pictured = "";
  name = h("strong", { id: "title" });
  line = h("span", { class: "line" });
  endButton = button("quiet", () => this.ask(true), t("end"));
  keep = button("quiet", () => this.ask(false), t("endNo"));
  sure = h(
    "div",
    { class: "sure", role: "alertdialog", "aria-label": t("endAsk") },
    h("span", {}, t("endAsk")),
    this.keep,
    button("strong", () => this.end(), t("end")),
  );
  banner = h("div", { class: "banner", role: "status" });
  hello = h("h2");
  intro = h("p", { role: "status" });
  welcome = h("div", { class: "welcome" }, this.hello, this.intro);
  log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("title"), tabindex: "0" });
  tail = h("div");
  done = h("div", { class: "note" });
  startButton = h("button", { class: "strong wide start" });
  again = button("quiet wide", () => this.restart(), t("again"));

  /**
   * @param {Conversation} chat
   * @param {import("./frames.js").Config} config
   * @param {Notifier} notifier
   * @param {() => void} close
   */
  constructor(chat, config, notifier, close) {
    this.chat = chat;
    this.config = config;
    this.notifier = notifier;
    this.composer = new Composer(chat.store, config, { typing: (on) => chat.type(on), submit: () => this.submit() });
    this.before = new Before(chat.store, config, () => this.show());
    this.home = new Home(
      chat.api,
      chat.store,
      config,
      () => this.write(),
      () => this.show(),
    );
    this.waiting = new Waiting(chat);
    this.ending = new Ending(chat, config);
    const { composer, before, home } = this;
    this.writing = Boolean(composer.text.value);
    const notes = [this.waiting.element, this.ending.element, this.done];
    this.talk = h("div", {}, this.welcome, home.element, this.log, this.tail, ...notes);
    this.scroll = h("div", { class: "scroll", onscroll: () => this.scrolled() }, this.talk);
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    this.form = h(
      "form",
      { class: "write", novalidate: true, onsubmit },
      ...[composer.chips, composer.problem, composer.bar, before.element, this.startButton, this.again],
    );
    this.middle = h("div", { class: "middle" }, this.scroll, this.form, home.contacts);
    const names = h("div", { class: "names" }, this.name, this.line);
    const menu = popup("menu", t("menu"), "⋯", this.setting("sound"), this.setting("flash"), this.endButton);
    this.head = h("div", { class: "head" }, this.face, names, menu, button("round", close, t("close"), icon("close")));
    this.parts = [this.head, this.sure, this.banner, this.middle];
    const follow = new ResizeObserver(() => this.pinned && this.toEnd());
    follow.observe(this.talk);
    follow.observe(this.scroll);
  }

  /** @param {"sound" | "flash"} name */
  setting(name) {
    const box = input({ type: "checkbox", onchange: () => this.chat.store.set(name, box.checked) });
    box.checked = this.notifier.wanted(name);
    return h("label", { class: "tick" }, box, t(name));
  }

  /** @returns {boolean} whether something was open that Escape closes first */
  escape() {
    const open = /** @type {HTMLElement | null} */ (this.head.parentElement?.querySelector("details[open] summary"));
    if (this.asking) {
      this.ask(false);
      return true;
    }
    open?.click();
    open?.focus();
    return Boolean(open);
  }

  // --- doing ---

  /** From looking around to writing; what was searched for is the beginning of the message. */
  write() {
    const { composer, home } = this;
    this.writing = true;
    if (!composer.text.value) composer.write(home.search.value.trim());
    this.show();
    this.focus();
  }

  focus() {
    const { composer, home } = this;
    if (!this.form.hidden) composer.text.focus();
    else if (home.page.hidden) home.start.focus();
  }

  submit() {
    const { chat, composer, before } = this;
    if (!composer.check()) return;
    const first = !this.talking;
    if (first && !before.check()) return;
    const form = first ? before.read(this.invitation) : undefined;
    const { text, files } = composer.empty();
    chat.type(false);
    this.pinned = true;
    chat.say(text, files, form);
    this.toEnd();
    composer.text.focus();
  }

  /**
   * The form was refused: everything stands where it stood.
   * @param {import("./store.js").Item} item
   * @param {import("./api.js").ApiError} error
   */
  restore(item, error) {
    const { composer, before } = this;
    composer.write([item.text, composer.text.value].filter(Boolean).join("\n"));
    this.writing = true;
    this.show();
    before.fill({ .../** @type {any} */ (item.form), ...item.form?.answers });
    before.refuse(error.field, error.message);
  }

  /** @param {boolean} on */
  ask(on) {
    this.asking = on;
    this.show();
    (on ? this.keep : this.composer.text).focus();
  }

  async end() {
    this.asking = false;
    await this.chat.ask("end").catch(() => this.composer.warn(t("unavailable")));
    this.show();
    this.composer.text.focus();
  }

  restart() {
    this.writing = true;
    this.home.asked = false;
    this.chat.fresh();
    this.focus();
  }

  // --- showing ---

  /** The configuration is another now. */
  make() {
    this.home.make();
    this.before.make();
    this.show();
  }

  get talking() {
    return this.chat.open || this.chat.outbox.length > 0 || Boolean(this.chat.left);
  }

  show() {
    const { chat, config, composer, before, home } = this;
    const ended = chat.is.state === "ended";
    const { talking } = this;
    const { agent } = chat.is;
    const looking = !talking && !this.writing && home.full;
    const asking = !talking && !looking;
    say(this.name, agent?.name || config.title || t("title"));
    say(this.line, this.status());
    this.showFace();
    this.endButton.hidden = !chat.open || ended || this.asking;
    this.sure.hidden = !this.asking || ended;
    before.show();
    home.element.hidden = !looking;
    this.welcome.hidden = looking && !home.page.hidden;
    home.contacts.hidden = talking || !config.contacts?.length;
    this.form.hidden = looking || Boolean(chat.left);
    before.element.hidden = this.startButton.hidden = !asking;
    composer.attach.hidden = asking && before.leaving;
    this.again.hidden = !ended;
    this.done.hidden = !chat.left;
    this.middle.classList.toggle("new", !talking);
    composer.grow();
    composer.text.placeholder = t(ended ? "writeAgain" : chat.open ? "write" : "message");
    this.showWelcome();
    this.showBanner();
    this.showMessages();
    this.showTail();
    this.waiting.show();
    this.ending.show();
  }

  showFace() {
    const { agent } = this.chat.is;
    const letter = (agent?.name || this.config.title).slice(0, 1).toUpperCase();
    const picture = agent?.picture || "";
    if (this.pictured === picture + letter) return;
    this.pictured = picture + letter;
    const src = new URL(picture, this.chat.api.origin);
    this.face.replaceChildren(picture ? h("img", { src, alt: "", onerror: () => say(this.face, letter) }) : letter);
  }

  showWelcome() {
    const { before, config } = this;
    const { back, leaving } = before;
    const away = config.open === false && !this.talking;
    say(this.hello, config.greeting || t("greeting"));
    say(this.startButton, t(leaving ? "leave" : "start"));
    if (leaving) say(this.intro, t(back ? "closed" : "nobody", { when: back }));
    else say(this.intro, t(away ? "nobodyWait" : "intro"));
  }

  status() {
    const { agent, state } = this.chat.is;
    if (!state) return "";
    if (state === "ended") return t("ended");
    return agent ? this.config.title : t("waitingShort");
  }

  showBanner() {
    const { chat } = this;
    const trying = chat.open && !chat.connection.live && chat.connection.failures > 1 && !chat.connection.reachable;
    say(this.banner, !navigator.onLine ? t("offline") : trying ? t("reconnecting") : "");
  }

  /** Rows are only ever added in their place, so that a screen reader reads each once and nothing jumps. */
  showMessages() {
    const { log } = this;
    const { messages } = this.chat;
    const known = `${this.chat.session}`;
    if (this.shown !== known || !messages.length) {
      log.replaceChildren();
      this.shown = known;
    }
    log.hidden = !messages.length;
    messages.forEach((message, index) => {
      const row = log.children[index];
      if (row instanceof HTMLElement && row.dataset.seq === String(message.seq)) return;
      log.insertBefore(messageRow(message, messages[index - 1], this.chat), row || null);
    });
  }

  /** What is not (yet) a message: words on their way, the state of the last ones, typing, a message that was left. */
  showTail() {
    const { chat } = this;
    const state = lastState(chat);
    this.tail.replaceChildren(
      ...chat.outbox.map((item) => pendingRow(item, chat)),
      state && h("p", { class: "state" }, state),
      chat.typing && typingRow(chat.typing),
    );
    const words = t("left", { email: chat.left });
    if (chat.left && this.done.firstChild?.textContent !== words)
      this.done.replaceChildren(h("p", { role: "status" }, words), button("quiet", () => this.restart(), t("another")));
  }

  scrolled() {
    const at = this.scroll.scrollTop;
    this.pinned = this.isAtEnd() || (this.pinned && at >= this.at);
    this.at = at;
  }

  isAtEnd() {
    const box = this.scroll;
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }
}
