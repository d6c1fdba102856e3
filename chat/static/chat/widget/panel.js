import { lastState, messageRow, pendingRow, typingRow } from "./bubbles.js";
import { Conversation } from "./conversation.js";
import { fileSize, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./strings.js";

/** The window: header, conversation, and the place to write. */

/**
 * @typedef {{ title: string, greeting: string, accent: string, max_characters: number, max_bytes: number }} Config
 */

const MOST_FILES = 10;
const WARN_LEFT = 500;
const NEAR_END = 80;

/**
 * @param {"name" | "email"} name
 * @param {string} type
 */
function field(name, type) {
  const input = /** @type {HTMLInputElement} */ (
    h("input", { type, name, autocomplete: name, maxlength: name === "email" ? 254 : 200 })
  );
  const label = h("label", {}, h("span", {}, t(name), " ", h("small", {}, t("optional"))), input);
  return { input, label };
}

export class Panel {
  /** @type {File[]} */
  chosen = [];
  /** The chat whose messages stand in the log. */
  shown = "";
  asking = false;
  /** What the note at the end was made of; it is made anew only for a reason, so that a half-typed address stays. */
  noted = "";
  /** The visitor is at the end of the conversation and stays there while it grows, until they scroll up. */
  pinned = true;
  at = 0;

  face = h("div", { class: "face", "aria-hidden": "true" });
  name = h("strong", { id: "title" });
  line = h("span", { class: "line" });
  endButton = h("button", { class: "quiet", type: "button", onclick: () => this.ask(true) }, t("end"));
  shut = h("button", { class: "round", type: "button", "aria-label": t("close"), onclick: () => this.close() }, icon("close"));
  keep = h("button", { class: "quiet", type: "button", onclick: () => this.ask(false) }, t("endNo"));
  sure = h(
    "div",
    { class: "sure", role: "alertdialog", "aria-label": t("endAsk") },
    h("span", {}, t("endAsk")),
    this.keep,
    h("button", { class: "strong", type: "button", onclick: () => this.end() }, t("endYes")),
  );
  banner = h("div", { class: "banner", role: "status", hidden: true });
  log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("title"), tabindex: "0" });
  tail = h("div");
  note = h("div");
  talk = h("div", {}, this.log, this.tail, this.note);
  scroll = h("div", { class: "scroll", onscroll: () => this.scrolled() }, this.talk);

  nameField = field("name", "text");
  emailField = field("email", "email");
  who = h("div", { class: "who-fields" }, this.nameField.label, this.emailField.label);
  chips = h("div", { class: "chips", hidden: true });
  problem = h("p", { class: "problem", role: "alert", hidden: true });
  text = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      rows: 1,
      "aria-label": t("message"),
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
      onpaste: (event) => event.clipboardData.files.length && this.take(event, event.clipboardData),
    })
  );
  picker = /** @type {HTMLInputElement} */ (
    h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.pick(this.picker.files) })
  );
  attach = h(
    "button",
    { class: "round", type: "button", "aria-label": t("attach"), onclick: () => this.picker.click() },
    icon("clip"),
  );
  sendButton = h("button", { class: "round send", type: "submit", "aria-label": t("send") }, icon("send"));
  startButton = h("button", { class: "strong wide start", type: "submit" }, t("start"));
  again = h("button", { class: "quiet wide", type: "button", hidden: true, onclick: () => this.restart() }, t("again"));
  form = h(
    "form",
    { novalidate: true, onsubmit: (event) => this.submit(event) },
    ...[this.chips, this.problem],
    h("div", { class: "bar" }, this.attach, this.text, this.sendButton, this.picker),
    ...[this.who, this.startButton, this.again],
  );
  element = h(
    "section",
    {
      class: "panel",
      role: "dialog",
      "aria-labelledby": "title",
      hidden: true,
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => this.take(event, event.dataTransfer),
    },
    h("div", { class: "head" }, this.face, h("div", { class: "names" }, this.name, this.line), this.endButton, this.shut),
    ...[this.sure, this.banner, this.scroll, this.form],
  );

  /**
   * @param {Conversation} chat
   * @param {Config} config
   * @param {() => void} close
   */
  constructor(chat, config, close) {
    this.chat = chat;
    this.config = config;
    this.close = close;
    this.text.value = chat.store.get("draft") || "";
    const follow = new ResizeObserver(() => this.pinned && this.toEnd());
    follow.observe(this.talk);
    follow.observe(this.scroll);
  }

  // --- writing ---

  typed() {
    this.chat.store.set("draft", this.text.value || null);
    this.chat.type(Boolean(this.text.value));
    this.grow();
    const left = this.config.max_characters - this.length();
    if (left < 0) this.warn(t("tooLong", { n: -left, max: this.config.max_characters }));
    else this.warn(left < WARN_LEFT ? t("left", { n: left }) : "");
  }

  /** Characters as the server counts them: an emoji is one. */
  length() {
    return [...this.text.value].length;
  }

  grow() {
    const { text } = this;
    text.style.setProperty("height", "auto");
    text.style.setProperty("height", `${Math.min(text.scrollHeight, 132)}px`);
    this.sendButton.classList.toggle("ready", Boolean(text.value.trim() || this.chosen.length));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    this.submit(event);
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const text = this.text.value;
    if (!text.trim() && !this.chosen.length) return this.text.focus();
    if (this.length() > this.config.max_characters) return this.typed();
    const email = this.emailField.input;
    if (!this.chat.open && email.value && !email.checkValidity()) {
      this.warn(t("badEmail"));
      return email.focus();
    }
    const who = this.chat.open ? undefined : { name: this.nameField.input.value, email: email.value.trim() };
    const files = this.chosen;
    this.chosen = [];
    this.text.value = "";
    this.chat.store.set("draft", null);
    this.chat.type(false);
    this.warn("");
    this.showChips();
    this.grow();
    this.chat.say(text, files, who);
    this.toEnd();
    this.text.focus();
  }

  /** @param {string} problem empty hides it */
  warn(problem) {
    this.problem.textContent = problem;
    this.problem.hidden = !problem;
  }

  /**
   * @param {Event} event
   * @param {DataTransfer | null} from
   */
  take(event, from) {
    event.preventDefault();
    this.pick(from?.files);
  }

  /** @param {FileList | null | undefined} files */
  pick(files) {
    this.warn("");
    for (const file of files || []) {
      if (file.size > this.config.max_bytes)
        this.warn(t("fileTooLarge", { name: file.name, max: fileSize(this.config.max_bytes) }));
      else if (this.chosen.length >= MOST_FILES) this.warn(t("tooMany", { n: MOST_FILES }));
      else this.chosen.push(file);
    }
    this.picker.value = "";
    this.showChips();
    this.grow();
    this.text.focus();
  }

  showChips() {
    this.chips.hidden = !this.chosen.length;
    this.chips.replaceChildren(
      ...this.chosen.map((file) => {
        const drop = () => {
          this.chosen = this.chosen.filter((one) => one !== file);
          this.showChips();
          this.grow();
        };
        const button = h("button", { type: "button", "aria-label": t("remove", { name: file.name }), onclick: drop }, icon("close"));
        return h("span", { class: "chip" }, h("span", {}, file.name), h("small", {}, fileSize(file.size)), button);
      }),
    );
  }

  // --- ending ---

  /** @param {boolean} on */
  ask(on) {
    this.asking = on;
    this.show();
    (on ? this.keep : this.text).focus();
  }

  async end() {
    this.asking = false;
    await this.chat.end().catch(() => this.warn(t("unavailable")));
    this.show();
    this.text.focus();
  }

  restart() {
    this.chat.fresh();
    this.show();
    this.text.focus();
  }

  // --- showing ---

  show() {
    const { chat } = this;
    const ended = chat.state === "ended";
    this.set(this.name, chat.agent || this.config.title || t("title"));
    this.set(this.line, this.status());
    this.set(this.face, (chat.agent || this.config.title || "").trim().slice(0, 1).toUpperCase());
    this.hide(this.endButton, !chat.open || ended || this.asking);
    this.hide(this.sure, !this.asking || ended);
    const fresh = !chat.open && !chat.outbox.length;
    if (this.element.classList.toggle("new", fresh) === this.startButton.hidden) this.grow();
    this.hide(this.who, !fresh);
    this.hide(this.startButton, !fresh);
    this.hide(this.again, !ended);
    this.showBanner();
    this.text.placeholder = t(ended ? "writeAgain" : chat.open ? "write" : "message");
    this.showMessages();
    this.showTail();
  }

  status() {
    const { chat } = this;
    if (!chat.open) return "";
    if (chat.state === "ended") return t("ended");
    return chat.agent ? this.config.title : chat.state && t("waitingShort");
  }

  showBanner() {
    const { chat } = this;
    const trying = chat.open && !chat.connection.live && chat.connection.failures > 1 && !chat.connection.reachable;
    const offline = !navigator.onLine;
    this.hide(this.banner, !offline && !trying);
    const words = t(offline ? "offline" : "reconnecting");
    if (this.banner.textContent !== words) this.banner.replaceChildren(icon("off"), h("span", {}, words));
  }

  /** Rows are only ever added in their place, so that a screen reader reads each once and nothing jumps. */
  showMessages() {
    const { log } = this;
    const { messages } = this.chat;
    const known = `${this.chat.session}`;
    if (this.shown !== known || !messages.length) {
      log.replaceChildren(this.welcome());
      this.shown = known;
    }
    messages.forEach((message, index) => {
      const row = log.children[index + 1];
      if (row instanceof HTMLElement && row.dataset.seq === String(message.seq)) return;
      log.insertBefore(messageRow(message, messages[index - 1], this.chat), row || null);
    });
  }

  welcome() {
    const words = this.config.greeting || t("greeting");
    return h("div", { class: "welcome" }, h("h2", {}, words), h("p", {}, t("intro")));
  }

  /** What is not (yet) a message: words on their way, the state of the last ones, typing, waiting, the end. */
  showTail() {
    const { chat } = this;
    const state = lastState(chat);
    this.tail.replaceChildren(
      ...chat.outbox.map((item) => pendingRow(item, chat)),
      state && h("p", { class: "state" }, state),
      chat.typing && typingRow(chat.typing),
    );
    const noted = [chat.session, chat.state, chat.endedBy, chat.agent, chat.emailGiven].join();
    if (noted === this.noted) return;
    this.noted = noted;
    this.note.replaceChildren(...this.standing());
  }

  /** @returns {HTMLElement[]} */
  standing() {
    const { chat } = this;
    if (chat.state === "waiting") return [h("div", { class: "note" }, h("p", { role: "status" }, t("waiting")), this.leaveEmail())];
    if (chat.state !== "ended") return [];
    const by = chat.endedBy === "visitor" ? t("endedYou") : t("endedAgent", { name: chat.agent || t("us") });
    return [h("div", { class: "note" }, h("p", { role: "status" }, chat.endedBy ? by : t("ended")))];
  }

  leaveEmail() {
    const { chat } = this;
    if (chat.emailGiven) return h("p", { class: "small" }, t("saved"));
    const input = /** @type {HTMLInputElement} */ (
      h("input", { type: "email", autocomplete: "email", "aria-label": t("leaveEmail"), placeholder: t("leaveEmail") })
    );
    const problem = h("p", { class: "problem", role: "alert" });
    const save = async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!input.value || !input.checkValidity()) return (problem.textContent = t("badEmail"));
      try {
        await chat.identify(input.value.trim());
        this.text.focus();
        this.show();
      } catch {
        problem.textContent = t("unavailable");
      }
    };
    const button = h("button", { class: "strong", type: "submit" }, t("save"));
    const form = h("form", { class: "leave", novalidate: true, onsubmit: save }, input, button, problem);
    return h("div", {}, h("p", { class: "small" }, t("leaveEmailWhy")), form);
  }

  /**
   * @param {HTMLElement} element
   * @param {string} text
   */
  set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  /**
   * @param {HTMLElement} element
   * @param {boolean} hidden
   */
  hide(element, hidden) {
    element.hidden = hidden;
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
