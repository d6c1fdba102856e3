import { Api } from "./api.js";
import { messageRow } from "./bubbles.js";
import { button, h, input, link, linkify } from "./dom.js";
import { Store } from "./store.js";
import { t } from "./words.js";

/** Before the chat: ready answers, earlier chats, and other ways to reach us. */

/**
 * @typedef {import("./frames.js").Answer} Answer
 * @typedef {import("./frames.js").Earlier} Earlier
 */

const PAUSE = 250;

export class Home {
  /** @type {Earlier[]} */
  chats = [];
  asked = false;
  /** @type {any} */
  timer = 0;
  search = input({
    type: "search",
    "aria-label": t("search"),
    placeholder: t("search"),
    maxlength: 200,
    oninput: () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), PAUSE);
    },
  });
  found = h("div", { class: "list", "aria-live": "polite" });
  answers = h("div", { class: "part" }, this.search, this.found);
  earlier = h("div", { class: "part list" });
  contacts = h("div", { class: "part contacts" });
  start = button("strong go", () => this.write(), t("writeToUs"));
  list = h("div", {}, this.start, this.answers, this.earlier);
  page = h("div", { hidden: true });
  element = h("div", {}, this.list, this.page);

  /**
   * @param {Api} api
   * @param {Store} store
   * @param {import("./frames.js").Config} config
   * @param {() => void} write the visitor wants to write
   * @param {() => void} changed another page is open
   */
  constructor(api, store, config, write, changed) {
    this.api = api;
    this.store = store;
    this.config = config;
    this.write = write;
    this.changed = changed;
  }

  /** Whether there is something to see before the form. */
  get full() {
    return Boolean(this.config.answers?.length || this.chats.length);
  }

  /** Other things are offered now. */
  make() {
    const { answers = [], contacts = [] } = this.config;
    this.answers.hidden = !answers.length;
    this.fill(answers);
    const ways = contacts.map(({ kind, label, value, href }) => link(href, kind === "link" ? label : value));
    this.contacts.replaceChildren(h("h3", {}, t("contacts")), ...ways);
  }

  /**
   * @param {string} words
   * @param {() => void} chosen
   * @param {string} [line] in small
   */
  item(words, chosen, line) {
    return button("item", chosen, "", h("span", {}, words, line && h("small", {}, line)));
  }

  /** @param {Answer[]} answers @param {string} heading */
  fill(answers, heading = t("topAnswers")) {
    this.found.replaceChildren(h("h3", {}, heading), ...answers.map((one) => this.item(one.question, () => this.read(one))));
  }

  async find() {
    const q = this.search.value.trim();
    if (q.length < 2) return this.fill(this.config.answers || []);
    const { answers } = await this.api.get("answers", { q, language: String(this.config.language) }).catch(() => ({ answers: [] }));
    if (q === this.search.value.trim()) this.fill(answers, answers.length ? undefined : t("noAnswers"));
  }

  /** @param {Answer} answer */
  async read({ id, question }) {
    const path = `answers/${encodeURIComponent(id)}`;
    const whole = await this.api.get(path).catch((error) => ({ text: error.message || t("unavailable") }));
    const tell = (/** @type {boolean} */ helped) => {
      this.api.post(`${path}/helped`, { helped }).catch(() => {});
      verdict.replaceChildren(h("p", { role: "status" }, t(helped ? "thanks" : "sorry")), this.button());
      /** @type {HTMLElement} */ (verdict.lastChild).focus();
    };
    const choices = [true, false].map((yes) => button("quiet", () => tell(yes), t(yes ? "yes" : "no")));
    const verdict = h("div", { class: "verdict" }, h("p", {}, t("helped")), ...choices);
    this.turn(h("h2", {}, question), h("div", { class: "text" }, ...linkify(whole.text)), whole.id && verdict);
  }

  button() {
    return button("strong", () => this.write(), t("writeToUs"));
  }

  /** One page of its own, with the way back. @param {...import("./dom.js").Child} content */
  turn(...content) {
    const back = button("quiet", () => this.back(), `‹ ${t("back")}`);
    this.page.replaceChildren(h("div", {}, back, ...content));
    this.page.hidden = false;
    this.list.hidden = true;
    this.changed();
    back.focus();
  }

  back() {
    this.page.hidden = true;
    this.list.hidden = false;
    this.changed();
    this.start.focus();
  }

  /** Earlier chats, when this browser has been here before. */
  async remember() {
    if (this.asked || !this.store.get("token")) return;
    this.asked = true;
    const { chats } = await this.api.get("history").catch(() => ({ chats: [] }));
    this.chats = chats;
    this.earlier.hidden = !chats.length;
    this.earlier.replaceChildren(
      h("h3", {}, t("earlier")),
      ...this.chats.map(({ session, started_at, agent, excerpt }) => {
        const day = new Date(started_at).toLocaleDateString(this.config.language, { day: "numeric", month: "short" });
        return this.item(excerpt, () => this.reread(session), agent ? `${day} · ${agent}` : day);
      }),
    );
  }

  /** @param {string} session */
  async reread(session) {
    const source = { api: this.api, session };
    /** @type {import("./frames.js").Message[]} */
    const messages = [];
    for (let more = true; more; ) {
      const after = Number(messages.at(-1)?.seq || 0);
      const page = await this.api.get("messages", { session, after }).catch(() => null);
      if (!page) break;
      messages.push(...page.messages);
      more = page.more;
    }
    const rows = messages.map((one, index) => messageRow(one, messages[index - 1], source));
    this.turn(h("p", { class: "small" }, messages.length ? t("readOnly") : t("unavailable")), h("div", { class: "log" }, ...rows), this.button());
  }
}
