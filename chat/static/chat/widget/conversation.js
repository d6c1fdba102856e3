import { Api, ApiError } from "./api.js";
import { Connection } from "./connection.js";
import { Store, randomId } from "./store.js";

/** The chat as this browser knows it: what was said, what is on its way, and who is there. */

/**
 * @typedef {import("./frames.js").Message} Message
 * @typedef {import("./frames.js").Standing} Standing
 */

/** @typedef {import("./store.js").Item} Item */

const ACK_SECONDS = 8;
const TYPING_EVERY = 2500;
const TYPING_ENDS = 6000;
const GOT_EVERY = 2000;
/** So long another tab is left to send its words by itself. */
const ADOPT = 15000;
const POLITE_WAIT = 5000;
const RETRIES = [1000, 2000, 4000, 8000];
/** @type {Standing} */
const NOTHING = { state: "", agent_seen: 0, agent_got: 0, visitor_seen: 0 };

export class Conversation {
  /** @type {Message[]} */
  messages = [];
  /** The highest number up to which nothing is missing. */
  last = 0;
  is = NOTHING;
  typing = "";
  /** The address that a message was left with, when nobody was there. */
  left = "";
  /** @type {Map<string, File[]>} */
  files = new Map();
  /** @type {Map<string, (answer: any) => void>} who waits for an ack */
  waiting = new Map();
  failures = 0;
  flushing = false;
  fetching = false;
  typedAt = 0;
  /** @type {any} */
  typingTimer = 0;
  /** @type {any} */
  retryTimer = 0;
  /** @type {any} */
  gotTimer = 0;
  /** The site's signed word about its visitor, not yet handed over. */
  jwt = "";

  /**
   * @param {Api} api
   * @param {Store} store
   * @param {(...news: Message[]) => void} changed told which messages are new
   * @param {(item: Item, error: ApiError) => void} returned the form was refused: its words go back to where they came from
   */
  constructor(api, store, changed, returned) {
    this.api = api;
    this.store = store;
    this.changed = changed;
    this.returned = returned;
    /** @type {string | null} */
    this.session = store.get("session");
    /** @type {Item[]} */
    this.outbox = store.outbox();
    this.connection = new Connection(api, {
      position: () => (this.session ? { session: this.session, last_seq: this.last } : null),
      frame: (frame) => this.receive(frame),
      changed: () => {
        if (this.connection.live) this.retry();
        this.changed();
      },
    });
    for (const item of this.outbox) if (item.files.length) item.error = "fileAgain";
    addEventListener("storage", (event) => this.otherTab(event));
    addEventListener("online", () => this.retry());
  }

  /** Take up what an earlier page left: the chat and unsent words. */
  resume() {
    if (this.session) this.connection.start();
    this.flush();
  }

  get open() {
    return Boolean(this.session);
  }

  /**
   * Say something; the first words start the chat. Kept before it is sent.
   * @param {string} text
   * @param {File[]} files
   * @param {import("./store.js").Form} [form]
   */
  say(text, files, form) {
    /** @type {Item} */
    const item = { id: randomId(15), text, at: Date.now(), files: files.map((file) => file.name), form };
    if (files.length) this.files.set(item.id, files);
    this.store.keep(item);
    this.outbox.push(item);
    this.changed();
    this.flush();
  }

  /** @param {string} [id] one that was refused; else only hurry */
  retry(id) {
    const item = this.outbox.find((one) => one.id === id);
    if (item) {
      delete item.error;
      this.store.keep(item);
    }
    this.failures = 0;
    this.adopt();
    this.flush();
    this.changed();
  }

  /** Words of a tab that may be gone: whoever is there sends them, and the id makes twice harmless. Files stay with it. */
  adopt() {
    for (const item of this.store.outbox()) {
      if (!item.error && !item.files.length && !this.outbox.some((one) => one.id === item.id)) this.outbox.push(item);
    }
  }

  /** @param {string} id */
  discard(id) {
    this.outbox = this.outbox.filter((item) => item.id !== id);
    this.files.delete(id);
    this.store.drop(id);
    this.changed();
  }

  /**
   * A wish about this chat: end, identify, keep, rate, transcript. Throws ApiError.
   * @param {string} path
   * @param {Record<string, any>} [body]
   */
  async ask(path, body) {
    this.receive(await this.api.post(path, { session: this.session, ...body }));
  }

  /**
   * Hand over the site's word about who this is, as soon as there is a way. A word that does not hold changes nothing.
   * @param {string} jwt
   */
  async vouch(jwt) {
    this.jwt = jwt;
    try {
      await this.api.post("identify", { jwt, ...(this.session && { session: this.session }) });
    } catch (error) {
      if (/** @type {ApiError} */ (error).passing) setTimeout(() => this.jwt === jwt && this.vouch(jwt), POLITE_WAIT);
    }
  }

  /** Leave the ended chat behind; the next words start another. */
  fresh() {
    this.left = "";
    this.follow(null);
    this.changed();
  }

  /** The visitor logged out: this conversation is over for this page. */
  forget() {
    this.jwt = "";
    this.outbox = [];
    this.follow(null);
    this.follow = this.changed = () => {};
  }

  /** @param {boolean} on */
  type(on) {
    const now = Date.now();
    if (this.is.state === "ended" || (on && now - this.typedAt < TYPING_EVERY) || (!on && !this.typedAt)) return;
    this.typedAt = on ? now : 0;
    this.connection.send({ type: "typing", on });
  }

  /** Everything so far is before the visitor's eyes. */
  look() {
    if (!this.session || this.is.visitor_seen >= this.last) return;
    this.reached({ visitor_seen: this.last });
    if (!this.connection.send({ type: "seen", seq: this.last })) {
      this.api.post("seen", { session: this.session, seq: this.last }).catch(() => (this.is.visitor_seen = 0));
    }
  }

  /** Tell now and then how far the agents' words have reached this browser. */
  confirm() {
    this.gotTimer ||= setTimeout(() => {
      this.gotTimer = 0;
      if (this.is.visitor_seen < this.last) this.connection.send({ type: "got", seq: this.last });
    }, GOT_EVERY);
  }

  get unread() {
    return this.messages.filter((one) => one.author.kind !== "visitor" && one.seq > this.is.visitor_seen).length;
  }

  // --- on their way ---

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    clearTimeout(this.retryTimer);
    try {
      // One after the other, so that both sides read them in the order in which they were written.
      for (let item; (item = this.outbox.find((one) => !one.error)); ) await this.deliver(item);
      if (this.failures) this.connection.become(this.connection.live, true);
      this.failures = 0;
    } catch (error) {
      const later = /** @type {ApiError} */ (error).retryAfter * 1000;
      const wait = later || RETRIES[Math.min(this.failures++, RETRIES.length - 1)] || 8000;
      this.retryTimer = setTimeout(() => this.flush(), wait * (1 + Math.random() / 4));
    } finally {
      this.flushing = false;
      this.changed();
    }
  }

  /**
   * Throws while it is only the way that fails; words that are refused are marked and kept.
   * @param {Item} item
   */
  async deliver(item) {
    const { session } = this;
    try {
      if (session) await this.post(item, session);
      else if (item.form?.leave) await this.leave(item);
      else await this.begin(item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (session && ["ended", "not_found"].includes(error.code)) {
        // Unless the socket was first to hear it: the same words begin the next chat.
        if (session === this.session) this.follow(null);
        return;
      }
      if (error.passing) throw error;
      if (error.field && item.form) {
        this.settled(item.id);
        return this.returned(item, error);
      }
      item.error = error.message;
      this.store.keep(item);
      this.changed();
    }
  }

  /** @param {Item} item */
  async begin(item) {
    const files = this.files.get(item.id);
    const id = files ? `${item.id}.start` : item.id;
    const ready = await this.api.post("start", this.opening(item, id, item.text || item.files.join(", ")));
    this.follow(ready.session);
    this.receive(ready);
    if (!files) return this.settled(item.id);
    item.text = "";
    this.store.keep(item);
  }

  /** @param {Item} item */
  async leave(item) {
    const answer = await this.api.post("leave", this.opening(item, item.id, item.text));
    this.left = answer.email || item.form?.email;
    this.settled(item.id);
  }

  /**
   * @param {Item} item
   * @param {string} id
   * @param {string} text
   */
  opening(item, id, text) {
    return {
      ...item.form,
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
  async post(item, session) {
    const files = this.files.get(item.id);
    let ack;
    if (files) ack = await this.api.upload(item, session, files);
    else ack = (await this.overSocket(item)) || (await this.api.post("messages", { session, id: item.id, text: item.text }));
    const { seq, prev, at, attachments = [] } = ack;
    this.insert({ seq, prev, id: item.id, author: { kind: "visitor", name: "" }, text: item.text, at, attachments });
    this.settled(item.id);
  }

  /**
   * The ack, or null when there is no live socket or it stays silent: HTTP is next, the id makes twice harmless.
   * @param {Item} item
   * @returns {Promise<any>}
   */
  async overSocket(item) {
    const answer = new Promise((resolve) => {
      this.waiting.set(item.id, resolve);
      if (!this.connection.send({ type: "send", id: item.id, text: item.text })) resolve(null);
      else setTimeout(() => resolve(null), ACK_SECONDS * 1000);
    });
    const frame = await answer;
    this.waiting.delete(item.id);
    if (frame?.type === "error") throw new ApiError(frame.code, frame.message, frame.retry_after);
    return frame;
  }

  /** @param {string} id */
  settled(id) {
    if (!this.outbox.some((item) => item.id === id)) return;
    this.outbox = this.outbox.filter((item) => item.id !== id);
    this.files.delete(id);
    this.store.drop(id);
    this.changed();
  }

  // --- what comes in ---

  /** @param {any} frame */
  receive(frame) {
    if (frame.id) this.waiting.get(frame.id)?.(frame);
    if (frame.type === "message") this.insert(frame);
    else if (frame.type === "ready" || frame.type === "state") this.standing(frame);
    else if (frame.type === "seen") this.reached({ agent_seen: frame.seq });
    else if (frame.type === "delivered") this.reached({ agent_got: frame.seq });
    else if (frame.type === "queue") this.reached({ queue: frame });
    else if (frame.type === "typing") this.showTyping(frame.on ? frame.name : "");
    // The chat is not there any more, or not ours: the next words start a new one.
    else if (!frame.id && ["not_found", "token", "version"].includes(frame.code)) this.follow(null);
    if (frame.type !== "pong" && frame.type !== "typing") this.changed();
  }

  /** What is known now; how far words have reached never goes back. @param {Partial<Standing>} news */
  reached(news) {
    const { is } = this;
    this.is = { ...is, ...news };
    for (const far of /** @type {const} */ (["agent_seen", "agent_got", "visitor_seen"])) {
      this.is[far] = Math.max(is[far], news[far] || 0);
    }
  }

  /** @param {any} frame */
  standing({ messages = [], more, ...frame }) {
    if (frame.session !== this.session) return;
    this.reached(frame);
    this.insert(...messages);
    if (more) this.fetchMissing();
  }

  /** Those that are new, in one go: a long chat is laid out once. @param {Message[]} messages */
  insert(...messages) {
    const known = new Set(this.messages.map((one) => one.seq));
    const news = messages.filter((one) => !known.has(one.seq));
    const newest = news.at(-1);
    if (!newest) return;
    this.messages.push(...news);
    this.messages.sort((a, b) => a.seq - b.seq);
    for (const { id } of news) if (id) this.settled(id);
    if (news.some((one) => one.author.kind !== "visitor")) {
      this.showTyping("");
      this.confirm();
    }
    for (const one of this.messages) if (one.prev <= this.last && one.seq > this.last) this.last = one.seq;
    if (newest.prev > this.last) this.fetchMissing();
    this.changed(...news);
  }

  /** @param {string} name empty: nobody types */
  showTyping(name) {
    clearTimeout(this.typingTimer);
    if (name) this.typingTimer = setTimeout(() => this.showTyping(""), TYPING_ENDS);
    if (this.typing === name) return;
    this.typing = name;
    this.changed();
  }

  /** A message before this one was missed: PostgreSQL has it. */
  async fetchMissing() {
    if (this.fetching || !this.session) return;
    this.fetching = true;
    const frame = await this.api.get("messages", { session: this.session, after: this.last }).catch(() => null);
    this.fetching = false;
    if (frame) this.receive(frame);
  }

  /** @param {string | null} session */
  follow(session) {
    if (session !== this.session) {
      this.messages = [];
      this.last = 0;
      this.is = NOTHING;
      this.typing = "";
    }
    this.session = session;
    this.store.set("session", session);
    if (session) this.connection.start();
    else this.connection.stop();
  }

  /** Several tabs, one chat. @param {StorageEvent} event */
  otherTab(event) {
    if (event.key?.startsWith(`${this.store.prefix}out:`)) setTimeout(() => this.retry(), ADOPT);
    if (event.key !== this.store.prefix + "session") return;
    const session = this.store.get("session");
    if (session === this.session) return;
    this.connection.stop();
    this.follow(session);
    this.changed();
  }
}
