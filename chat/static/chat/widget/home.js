import { messageRow } from "./bubbles.js";
import { button, h, hint, input, link, linkify, status } from "./dom.js";
import { t } from "./words.js";

/** Before the chat: ready answers, earlier chats, and other ways to reach us. */

/**
 * @typedef {import("./frames.js").Answer} Answer
 * @typedef {import("./frames.js").Earlier} Earlier
 */

const PAUSE = 250;

/**
 * @param {import("./api.js").Api} api
 * @param {import("./store.js").Store} store
 * @param {import("./frames.js").Config} config
 * @param {(text?: string) => void} write the visitor wants to write
 * @param {() => void} changed another page is open
 */
export function makeHome(api, store, config, write, changed) {
  /** Earlier chats. */
  let count = 0;
  let asked = false;
  /** @type {any} */
  let timer;

  const oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE);
  };
  const search = input({ type: "search", ...hint(t("search")), maxlength: 200, oninput });
  const found = h("div", { "aria-live": "polite" });
  const answers = h("div", "part", search, found);
  const earlier = h("div", { class: "part", hidden: true });
  const contacts = h("div", "part contacts");
  const start = writeButton();
  const list = h("div", "", start, answers, earlier);
  const page = h("div", { hidden: true });

  function writeButton() {
    return button("strong go", () => write(), t("writeToUs"));
  }

  /** Other things are offered now. */
  function make() {
    answers.hidden = !config.answers?.length;
    fill(config.answers);
    const ways = config.contacts?.map(({ kind, label, value, href }) => link(href, kind === "link" ? label : value)) || [];
    contacts.replaceChildren(h("h3", "", t("contacts")), ...ways);
  }

  /**
   * @param {string} words
   * @param {() => void} chosen
   * @param {string} [line] in small
   */
  function item(words, chosen, line) {
    return button("item", chosen, "", h("span", "", words, line && h("small", "", line)));
  }

  /** @param {Answer[]} [rows] @param {string} [heading] */
  function fill(rows = [], heading = t("topAnswers")) {
    found.replaceChildren(h("h3", "", heading), ...rows.map((one) => item(one.question, () => read(one))));
  }

  async function find() {
    const q = search.value.trim();
    if (q.length < 2) return fill(config.answers);
    const { answers } = await api.get("answers", { q, language: t("language") }).catch(() => ({ answers: [] }));
    if (q === search.value.trim()) fill(answers, t(answers.length ? "topAnswers" : "noAnswers"));
  }

  /** @param {Answer} answer */
  async function read({ id, question }) {
    const path = `answers/${encodeURIComponent(id)}`;
    const whole = await api.get(path).catch((error) => ({ text: error.message }));
    const tell = (/** @type {boolean} */ helped) => {
      api.post(`${path}/helped`, { helped }).catch(() => {});
      const next = writeButton();
      verdict.replaceChildren(status("", t(helped ? "thanks" : "sorry")), next);
      next.focus();
    };
    const choices = [true, false].map((yes) => button("quiet", () => tell(yes), t(yes ? "yes" : "no")));
    const verdict = h("div", "verdict", h("p", "", t("helped")), ...choices);
    turn(h("h2", "", question), h("div", "text", ...linkify(whole.text)), whole.id && verdict);
  }

  /** One page of its own, with the way back. @param {...import("./dom.js").Child} content */
  function turn(...content) {
    const back = button("quiet", () => show(false), `‹ ${t("back")}`);
    page.replaceChildren(h("div", "", back, ...content));
    show(true);
    back.focus();
  }

  /** @param {boolean} reading */
  function show(reading) {
    page.hidden = !reading;
    list.hidden = reading;
    changed();
    start.focus();
  }

  /** Earlier chats, when this browser has been here before. */
  async function remember() {
    if (asked || !store.get("token")) return;
    asked = true;
    const { chats } = await api.get("history").catch(() => ({ chats: [] }));
    count = chats.length;
    earlier.hidden = !count;
    earlier.replaceChildren(
      h("h3", "", t("earlier")),
      ...chats.map((/** @type {Earlier} */ { session, started_at, agent, excerpt }) => {
        const day = new Date(started_at).toLocaleDateString(config.language, { day: "numeric", month: "short" });
        return item(excerpt, () => reread(session), [day, agent].filter(Boolean).join(" · "));
      }),
    );
  }

  /** @param {string} session */
  async function reread(session) {
    /** @type {import("./frames.js").Message[]} */
    const messages = [];
    for (let more = true; more; ) {
      const after = /** @type {number} */ (messages.at(-1)?.seq || 0);
      const part = await api.get("messages", { session, after }).catch(() => ({ messages: [] }));
      messages.push(...part.messages);
      more = part.more;
    }
    const rows = messages.map((one, index) => messageRow(one, messages[index - 1], { api, session }));
    turn(h("p", "small", t(rows[0] ? "readOnly" : "unavailable")), h("div", "log", ...rows), writeButton());
  }

  return {
    element: h("div", "", list, page),
    contacts,
    search,
    start,
    page,
    make,
    remember,
    /** Whether there is something to see before the form. */
    full: () => Boolean(config.answers?.length || count),
    /** There is one earlier chat more. */
    refresh: () => (asked = false),
  };
}
