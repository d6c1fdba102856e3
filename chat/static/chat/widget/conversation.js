import { ApiError } from "./api.js";
import { makeConnection } from "./connection.js";
import { randomId } from "./store.js";

/** The chat as this browser knows it: what was said, what is on its way, and who is there. */

/**
 * @typedef {import("./frames.js").Message} Message
 * @typedef {import("./frames.js").Standing} Standing
 * @typedef {import("./store.js").Item} Item
 * @typedef {ReturnType<typeof makeConversation>} Conversation
 */

const ACK = 8000;
const TYPING_EVERY = 2500;
const TYPING_ENDS = 6000;
const GOT_EVERY = 2000;
/** So long another tab is left to send its words by itself. */
const ADOPT = 15000;
const POLITE_WAIT = 5000;
/** @type {Standing} */
const NOTHING = { state: "", agent_seen: 0, agent_got: 0, visitor_seen: 0 };

/**
 * Takes up what an earlier page left: the chat and unsent words.
 * @param {import("./api.js").Api} api
 * @param {import("./store.js").Store} store
 * @param {(...news: Message[]) => void} changed told which messages are new
 * @param {(item: Item, error: ApiError) => void} returned the form was refused: its words go back to where they came from
 * @param {(jwt: string) => void} another the chat is not of whom the site's word names
 */
export function makeConversation(api, store, changed, returned, another) {
  const position = () => (chat.session ? { session: chat.session, last_seq: last } : null);
  const connection = makeConnection(api, position, receive, () => {
    if (connection.live) retry();
    changed();
  });
  const chat = {
    /** @type {Message[]} */
    messages: [],
    is: NOTHING,
    typing: "",
    /** The address that a message was left with, when nobody was there. */
    left: "",
    /** @type {string | null} */
    session: store.get("session"),
    outbox: store.outbox(),
    /** Attempts in a row that the way failed. */
    failures: 0,
    ...{ connection, api, store, changed, say, retry, ask, vouch, fresh, forget, type, look, reached, unread, discard: settled },
  };
  /** The highest number up to which nothing is missing. */
  let last = 0;
  /** @type {Record<string, File[]>} by the id of the words they go with */
  const attached = {};
  /** @type {Record<string, (answer?: any) => void>} who waits for an ack, by id */
  const waiting = {};
  let flushing = false;
  let fetching = false;
  let gone = false;
  let typedAt = 0;
  /** @type {any} */
  let typingTimer;
  /** @type {any} */
  let retryTimer;
  /** @type {any} */
  let gotTimer;
  /** The site's signed word about its visitor, not yet handed over. */
  let vouching = "";

  for (const item of chat.outbox) if (item.files.length) item.error = "fileAgain";
  addEventListener("storage", otherTab);
  addEventListener("online", () => retry());
  if (chat.session) connection.start();
  flush();

  /**
   * Say something; the first words start the chat. Kept before it is sent.
   * @param {string} text
   * @param {File[]} files
   * @param {import("./store.js").Form} [form]
   */
  function say(text, files, form) {
    /** @type {Item} */
    const item = { id: randomId(20), text, at: Date.now(), files: files.map((file) => file.name), form };
    if (files.length) attached[item.id] = files;
    store.keep(item);
    chat.outbox.push(item);
    changed();
    flush();
  }

  /** @param {string} [id] one that was refused; else only hurry */
  function retry(id) {
    const item = known(id);
    if (item) {
      delete item.error;
      store.keep(item);
    }
    chat.failures = 0;
    // Words of a tab that may be gone: whoever is there sends them, and the id makes twice harmless. Files stay with it.
    for (const other of store.outbox()) if (!other.error && !other.files.length && !known(other.id)) chat.outbox.push(other);
    flush();
    changed();
  }

  /** @param {string} [id] */
  function known(id) {
    return chat.outbox.find((one) => one.id === id);
  }

  /**
   * A wish about this chat: end, identify, keep, rate, transcript. Throws ApiError.
   * @param {string} path
   * @param {Record<string, any>} [body]
   */
  async function ask(path, body) {
    receive(await api.post(path, { session: chat.session, ...body }));
  }

  /**
   * Hand over the site's word about who this is, as soon as there is a way. A word that does not hold changes nothing.
   * @param {string} jwt
   */
  async function vouch(jwt) {
    vouching = jwt;
    try {
      await api.post("identify", { jwt, session: chat.session || "" });
    } catch (error) {
      const { code, passing } = /** @type {ApiError} */ (error);
      if (passing) {
        setTimeout(() => vouching === jwt && vouch(jwt), POLITE_WAIT);
        return;
      }
      if (code === "not_found") another(jwt);
    }
    vouching = "";
  }

  /** Leave the ended chat behind; the next words start another. */
  function fresh() {
    chat.left = "";
    follow(null);
    changed();
  }

  /** The visitor logged out: this conversation is over for this page. */
  function forget() {
    vouching = "";
    chat.outbox = [];
    follow(null);
    gone = true;
    changed = () => {};
  }

  /** @param {boolean} on */
  function type(on) {
    const now = Date.now();
    if (chat.is.state === "ended" || (on ? now - typedAt < TYPING_EVERY : !typedAt)) return;
    typedAt = on ? now : 0;
    connection.send({ type: "typing", on });
  }

  /** Everything so far is before the visitor's eyes. */
  function look() {
    if (!chat.session || chat.is.visitor_seen >= last) return;
    reached({ visitor_seen: last });
    if (connection.send({ type: "seen", seq: last })) return;
    api.post("seen", { session: chat.session, seq: last }).catch(() => (chat.is.visitor_seen = 0));
  }

  /** Those of others that the visitor has not seen. @param {Message[]} messages */
  function unread(messages) {
    return messages.filter((one) => one.author.kind !== "visitor" && one.seq > chat.is.visitor_seen);
  }

  // --- on their way ---

  async function flush() {
    if (flushing) return;
    flushing = true;
    clearTimeout(retryTimer);
    try {
      // One after the other, so that both sides read them in the order in which they were written.
      for (let item; (item = chat.outbox.find((one) => !one.error)); ) await deliver(item);
      if (chat.failures) connection.become(connection.live, true);
      chat.failures = 0;
    } catch (error) {
      const wait = /** @type {ApiError} */ (error).later * 1000 || 1000 * 2 ** Math.min(chat.failures++, 3);
      retryTimer = setTimeout(flush, wait * (1 + Math.random() / 4));
    } finally {
      flushing = false;
      changed();
    }
  }

  /**
   * Throws while it is only the way that fails; words that are refused are marked and kept.
   * @param {Item} item
   */
  async function deliver(item) {
    const { session } = chat;
    try {
      if (session) await post(item, session);
      else if (item.form?.leave) await leave(item);
      else await begin(item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (session && ["ended", "not_found"].includes(error.code)) {
        // While the site names its visitor, these may be words of another.
        if (vouching) throw error;
        // Unless the socket was first to hear it: the same words begin the next chat.
        if (session === chat.session) follow(null);
        return;
      }
      if (error.passing) throw error;
      if (error.field && item.form) {
        settled(item.id);
        return returned(item, error);
      }
      item.error = error.message;
      store.keep(item);
      changed();
    }
  }

  /** @param {Item} item */
  async function begin(item) {
    const { id, text, files } = item;
    const later = attached[id];
    const ready = await api.post("start", opening(item, later ? `${id}.start` : id, text || files.join(", ")));
    follow(ready.session);
    receive(ready);
    if (!later) return settled(id);
    item.text = "";
    store.keep(item);
  }

  /** @param {Item} item */
  async function leave(item) {
    const { email } = await api.post("leave", opening(item, item.id, item.text));
    chat.left = email || item.form?.email;
    settled(item.id);
  }

  /**
   * @param {Item} item
   * @param {string} id
   * @param {string} text
   */
  function opening({ form }, id, text) {
    return {
      ...form,
      id,
      text,
      page: { url: location.href, title: document.title, referrer: document.referrer },
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      language: navigator.language,
    };
  }

  /**
   * @param {Item} item
   * @param {string} session
   */
  async function post(item, session) {
    const { id, text } = item;
    const files = attached[id];
    const ack = files
      ? await api.upload(item, session, files)
      : (await overSocket(id, text)) || (await api.post("messages", { session, id, text }));
    insert({ attachments: [], ...ack, id, text, author: { kind: "visitor", name: "" } });
    settled(id);
  }

  /**
   * The ack, or nothing when there is no live socket or it stays silent: HTTP is next, the id makes twice harmless.
   * @param {string} id
   * @param {string} text
   */
  async function overSocket(id, text) {
    const frame = await new Promise((resolve) => {
      waiting[id] = resolve;
      if (connection.send({ type: "send", id, text })) setTimeout(resolve, ACK);
      else resolve(null);
    });
    delete waiting[id];
    if (frame?.type === "error") throw new ApiError(frame);
    return frame;
  }

  /** @param {string} id */
  function settled(id) {
    if (!known(id)) return;
    chat.outbox = chat.outbox.filter((item) => item.id !== id);
    delete attached[id];
    store.drop(id);
    changed();
  }

  // --- what comes in ---

  /** @param {any} frame */
  function receive(frame) {
    const { type, id, seq, code } = frame;
    waiting[id]?.(frame);
    if (type === "message") insert(frame);
    else if (type === "ready" || type === "state") standing(frame);
    else if (type === "seen") reached({ agent_seen: seq });
    else if (type === "delivered") reached({ agent_got: seq });
    else if (type === "queue") reached({ queue: frame });
    else if (type === "typing") return showTyping(frame.on ? frame.name : "");
    // The chat is not there any more, or not ours: the next words start a new one.
    else if (!id && ["not_found", "token", "version"].includes(code)) follow(null);
    if (type !== "pong") changed();
  }

  /** What is known now; how far words have reached never goes back. @param {Partial<Standing>} news */
  function reached(news) {
    const { is } = chat;
    chat.is = { ...is, ...news };
    for (const far of /** @type {const} */ (["agent_seen", "agent_got", "visitor_seen"])) {
      chat.is[far] = Math.max(is[far], news[far] || 0);
    }
  }

  /** @param {any} frame */
  function standing({ messages = [], more, ...frame }) {
    if (frame.session !== chat.session) return;
    reached(frame);
    insert(...messages);
    if (more) fetchMissing();
  }

  /** Those that are new, in one go: a long chat is laid out once. @param {Message[]} messages */
  function insert(...messages) {
    const seen = new Set(chat.messages.map((one) => one.seq));
    const news = messages.filter((one) => !seen.has(one.seq));
    const newest = news.at(-1);
    if (!newest) return;
    chat.messages.push(...news);
    chat.messages.sort((a, b) => a.seq - b.seq);
    for (const { id } of news) if (id) settled(id);
    if (news.some((one) => one.author.kind !== "visitor")) {
      showTyping("");
      // Tell now and then how far the agents' words have reached this browser.
      gotTimer ||= setTimeout(() => {
        gotTimer = 0;
        if (chat.is.visitor_seen < last) connection.send({ type: "got", seq: last });
      }, GOT_EVERY);
    }
    for (const one of chat.messages) if (one.prev <= last && one.seq > last) last = one.seq;
    if (newest.prev > last) fetchMissing();
    changed(...news);
  }

  /** @param {string} name empty: nobody types */
  function showTyping(name) {
    clearTimeout(typingTimer);
    if (name) typingTimer = setTimeout(showTyping, TYPING_ENDS, "");
    if (chat.typing === name) return;
    chat.typing = name;
    changed();
  }

  /** A message before this one was missed: PostgreSQL has it. */
  async function fetchMissing() {
    if (fetching || !chat.session) return;
    fetching = true;
    const frame = await api.get("messages", { session: chat.session, after: last }).catch(() => null);
    fetching = false;
    if (frame) receive(frame);
  }

  /** @param {string | null} session */
  function follow(session) {
    if (gone || session === chat.session) return;
    Object.assign(chat, { session, messages: [], is: NOTHING, typing: "" });
    last = 0;
    store.set("session", session);
    connection.stop();
    if (session) connection.start();
  }

  /** Several tabs, one chat. @param {StorageEvent} event */
  function otherTab({ key }) {
    if (key?.startsWith(`${store.prefix}out:`)) setTimeout(retry, ADOPT);
    if (key !== `${store.prefix}session`) return;
    follow(store.get("session"));
    changed();
  }

  return chat;
}
