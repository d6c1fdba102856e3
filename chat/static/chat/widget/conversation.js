import { Api, ApiError } from "./api.js";
import { Connection } from "./connection.js";
import { Store, randomId } from "./store.js";

/** The chat as this browser knows it: what was said, what is on its way, and who is there. */

/**
 * @typedef {{ id: string, name: string, type: string, size: number }} Attachment
 * @typedef {object} Message
 * @property {number} seq
 * @property {number} prev the public message before it; 0 for the first
 * @property {string | null} id the client id of the visitor's own words
 * @property {{ kind: "visitor" | "agent" | "system", name: string }} author
 * @property {string} text
 * @property {string} at
 * @property {Attachment[]} attachments
 */

/** @typedef {import("./store.js").Item} Item */

const ACK_SECONDS = 8;
const TYPING_EVERY = 2500;
const TYPING_ENDS = 6000;
const RETRIES = [1000, 2000, 4000, 8000];

export class Conversation {
  /**
   * @param {Api} api
   * @param {Store} store
   * @param {(what: "all" | "message" | "typing", message?: Message) => void} changed
   */
  constructor(api, store, changed) {
    this.api = api;
    this.store = store;
    this.changed = changed;
    /** @type {string | null} */
    this.session = store.get("session");
    /** @type {Message[]} */
    this.messages = [];
    /** The highest number up to which nothing is missing. */
    this.last = 0;
    this.state = "";
    this.endedBy = "";
    this.agent = "";
    this.agentSeen = 0;
    this.visitorSeen = 0;
    this.emailGiven = false;
    this.typing = "";
    /** @type {Item[]} */
    this.outbox = store.outbox();
    /** @type {Map<string, File[]>} */
    this.files = new Map();
    /** @type {Map<string, (answer: any) => void>} who waits for an ack */
    this.waiting = new Map();
    this.failures = 0;
    this.flushing = false;
    this.fetching = false;
    this.typedAt = 0;
    /** @type {any} */
    this.typingTimer = 0;
    /** @type {any} */
    this.retryTimer = 0;
    this.connection = new Connection(api, {
      position: () => (this.session ? { session: this.session, last_seq: this.last } : null),
      frame: (frame) => this.receive(frame),
      changed: () => {
        if (this.connection.live) this.retry();
        this.changed("all");
      },
    });
    for (const item of this.outbox) if (item.files.length) item.error = "fileAgain";
    addEventListener("storage", (event) => this.otherTab(event));
  }

  /** Take up what an earlier page left: the chat and unsent words. */
  resume() {
    if (this.session) this.connection.start();
    this.flush();
  }

  get open() {
    return Boolean(this.session);
  }

  get offline() {
    return !navigator.onLine || !this.connection.reachable;
  }

  /**
   * Say something; the first words start the chat. Kept before it is sent.
   * @param {string} text
   * @param {File[]} files
   * @param {{ name: string, email: string }} who
   */
  say(text, files, who = { name: "", email: "" }) {
    /** @type {Item} */
    const item = { id: randomId(15), text, at: Date.now(), files: files.map((file) => file.name), ...who };
    if (files.length) this.files.set(item.id, files);
    this.store.keep(item);
    this.outbox.push(item);
    this.changed("all");
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
    this.flush();
    this.changed("all");
  }

  /** @param {string} id */
  discard(id) {
    this.outbox = this.outbox.filter((item) => item.id !== id);
    this.files.delete(id);
    this.store.drop(id);
    this.changed("all");
  }

  async end() {
    const answer = await this.api.post("end", { session: this.session });
    this.receive(answer);
  }

  /** @param {string} email */
  async identify(email) {
    this.receive(await this.api.post("identify", { session: this.session, email }));
  }

  /** Leave the ended chat behind; the next words start another. */
  fresh() {
    this.follow(null);
    this.changed("all");
  }

  /** @param {boolean} on */
  type(on) {
    const now = Date.now();
    if (this.state === "ended" || (on && now - this.typedAt < TYPING_EVERY) || (!on && !this.typedAt)) return;
    this.typedAt = on ? now : 0;
    this.connection.send({ type: "typing", on });
  }

  /** Everything so far is before the visitor's eyes. */
  look() {
    if (!this.session || this.visitorSeen >= this.last) return;
    this.visitorSeen = this.last;
    if (!this.connection.send({ type: "seen", seq: this.last })) {
      this.api.post("seen", { session: this.session, seq: this.last }).catch(() => (this.visitorSeen = 0));
    }
  }

  get unread() {
    return this.messages.filter((one) => one.author.kind !== "visitor" && one.seq > this.visitorSeen).length;
  }

  // --- on their way ---

  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    clearTimeout(this.retryTimer);
    try {
      for (let item = this.next(); item; item = this.next()) await this.deliver(item);
      this.failures = 0;
    } catch (error) {
      const later = /** @type {ApiError} */ (error).retryAfter * 1000;
      const wait = later || RETRIES[Math.min(this.failures++, RETRIES.length - 1)] || 8000;
      this.retryTimer = setTimeout(() => this.flush(), wait * (1 + Math.random() / 4));
    } finally {
      this.flushing = false;
      this.changed("all");
    }
  }

  /** One after the other, so that both sides read them in the order in which they were written. */
  next() {
    return this.outbox.find((item) => !item.error);
  }

  /**
   * Throws while it is only the way that fails; words that are refused are marked and kept.
   * @param {Item} item
   */
  async deliver(item) {
    try {
      if (!this.session) await this.begin(item);
      else await this.post(item, this.session);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.session && ["ended", "not_found"].includes(error.code)) {
        this.follow(null);
        return;
      }
      if (error.passing) throw error;
      // "Try again" then starts without the address instead of failing for ever.
      if (error.code === "bad_email") item.email = "";
      item.error = error.message || "unavailable";
      this.store.keep(item);
      this.changed("all");
    }
  }

  /** @param {Item} item */
  async begin(item) {
    const files = this.files.get(item.id);
    const ready = await this.api.post("start", {
      id: files ? `${item.id}.start` : item.id,
      text: item.text || item.files.join(", "),
      name: item.name,
      email: item.email,
      page: { url: location.href, title: document.title, referrer: document.referrer },
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      language: navigator.language,
    });
    this.follow(ready.session);
    this.receive(ready);
    if (!files) return this.settled(item.id);
    item.text = "";
    this.store.keep(item);
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
    this.outbox = this.outbox.filter((item) => item.id !== id);
    this.files.delete(id);
    this.store.drop(id);
    this.changed("all");
  }

  // --- what comes in ---

  /** @param {any} frame */
  receive(frame) {
    if (frame.id) this.waiting.get(frame.id)?.(frame);
    if (frame.type === "message") this.insert(frame);
    else if (frame.type === "ready" || frame.type === "state") this.standing(frame);
    else if (frame.type === "seen") this.agentSeen = Math.max(this.agentSeen, frame.seq);
    else if (frame.type === "typing") this.showTyping(frame.on ? frame.name : "");
    else if (frame.type === "error" && !frame.id) this.refused(frame.code);
    if (frame.type !== "pong" && frame.type !== "typing") this.changed("all");
  }

  /** @param {any} frame */
  standing(frame) {
    if (frame.session !== this.session) return;
    this.state = frame.state;
    this.endedBy = frame.ended_by;
    this.agent = frame.agent?.name || "";
    this.agentSeen = Math.max(this.agentSeen, frame.agent_seen);
    this.visitorSeen = Math.max(this.visitorSeen, frame.visitor_seen);
    this.emailGiven = frame.email_given;
    for (const message of frame.messages || []) this.insert(message);
    if (frame.more) this.fetchMissing();
  }

  /** @param {string} code */
  refused(code) {
    // The chat is not there any more, or not ours: the next words start a new one.
    if (["not_found", "token", "version"].includes(code)) this.follow(null);
  }

  /** @param {Message} message */
  insert(message) {
    if (this.messages.some((one) => one.seq === message.seq)) return;
    this.messages.push(message);
    this.messages.sort((a, b) => a.seq - b.seq);
    if (message.id && this.outbox.some((item) => item.id === message.id)) this.settled(message.id);
    if (message.author.kind !== "visitor") this.showTyping("");
    for (const one of this.messages) if (one.prev <= this.last && one.seq > this.last) this.last = one.seq;
    if (message.prev > this.last) this.fetchMissing();
    this.changed("message", message);
  }

  /** A message before this one was missed: PostgreSQL has it. */
  async fetchMissing() {
    if (this.fetching || !this.session) return;
    this.fetching = true;
    const frame = await this.api.get("messages", { session: this.session, after: this.last }).catch(() => null);
    this.fetching = false;
    if (frame) this.receive(frame);
  }

  /** @param {string} name empty: nobody types */
  showTyping(name) {
    clearTimeout(this.typingTimer);
    if (name) this.typingTimer = setTimeout(() => this.showTyping(""), TYPING_ENDS);
    if (this.typing === name) return;
    this.typing = name;
    this.changed("typing");
  }

  /** @param {string | null} session */
  follow(session) {
    if (session !== this.session) {
      this.messages = [];
      this.last = this.agentSeen = this.visitorSeen = 0;
      this.state = this.agent = this.endedBy = "";
      this.emailGiven = false;
    }
    this.session = session;
    this.store.set("session", session);
    if (session) this.connection.start();
    else this.connection.stop();
  }

  /** Several tabs, one chat. @param {StorageEvent} event */
  otherTab(event) {
    if (event.key !== this.store.prefix + "session") return;
    const session = this.store.get("session");
    if (session === this.session) return;
    this.connection.stop();
    this.follow(session);
    this.changed("all");
  }
}
