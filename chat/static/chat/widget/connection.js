import { Api, ApiError } from "./api.js";

/** One socket that is always being mended, with polling beside it while it is down. */

const BEAT = 8000;
const DEAD = 15000;
const LONGEST_WAIT = 8000;
const SYNC_EVERY = 4;
const POLL = 4000;
const OVER = 4410;
const REST = 15000;
const VERSION = 1;

/**
 * @typedef {object} Listener
 * @property {() => { session: string, last_seq: number } | null} position what to resume; null while there is no chat
 * @property {(frame: any) => void} frame
 * @property {() => void} changed `live` or `reachable` is different now
 */

export class Connection {
  /**
   * @param {Api} api
   * @param {Listener} listener
   */
  constructor(api, listener) {
    this.api = api;
    this.listener = listener;
    /** The socket is open and `hello` was answered. */
    this.live = false;
    /** Something of us answered lately, over whichever way. */
    this.reachable = true;
    this.wanted = false;
    this.failures = 0;
    this.heard = 0;
    this.beats = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {any} */
    this.timer = 0;
    /** @type {any} */
    this.beat = 0;
    /** @type {any} */
    this.poller = 0;
    addEventListener("online", () => this.wake());
    addEventListener("pageshow", () => this.wake());
    addEventListener("offline", () => this.listener.changed());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  start() {
    this.wanted = true;
    if (!this.socket) this.open();
  }

  stop() {
    this.wanted = false;
    clearTimeout(this.timer);
    this.drop();
  }

  /** The network or the page came back: do not wait for timers that slept. */
  wake() {
    if (!this.wanted) return;
    this.failures = 0;
    if (this.live) this.sync();
    else if (!this.socket || this.socket.readyState > 1) this.open();
    this.listener.changed();
  }

  /**
   * @param {Record<string, any>} frame
   * @returns {boolean} false when there is no live socket
   */
  send(frame) {
    if (!this.live || this.socket?.readyState !== 1) {
      if (this.poller && !this.timer) this.timer = setTimeout(() => this.open(), 1000);
      return false;
    }
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  sync() {
    const position = this.listener.position();
    if (position) this.send({ type: "sync", last_seq: position.last_seq });
  }

  open() {
    clearTimeout(this.timer);
    this.drop();
    const position = this.listener.position();
    if (!this.wanted || !position) return;
    const url = new URL("/ws/widget/", this.api.origin);
    url.protocol = url.protocol.replace("http", "ws");
    let socket;
    try {
      socket = this.socket = new WebSocket(url);
    } catch {
      this.lost();
      return;
    }
    const hello = { type: "hello", v: VERSION, key: this.api.key, token: this.api.store.token(), ...position };
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onmessage = (event) => this.hear(socket, event.data);
    socket.onclose = (event) => socket === this.socket && (event.code === OVER ? this.rest() : this.lost());
    this.heard = Date.now();
    clearInterval(this.beat);
    this.beat = setInterval(() => this.tick(), BEAT);
  }

  /**
   * @param {WebSocket} socket
   * @param {string} data
   */
  hear(socket, data) {
    if (socket !== this.socket) return;
    this.heard = Date.now();
    const frame = JSON.parse(data);
    if (frame.type === "ready") {
      this.failures = 0;
      clearInterval(this.poller);
      this.poller = 0;
      this.become(true, true);
      if (!frame.live) setTimeout(() => this.sync(), POLL);
    }
    this.listener.frame(frame);
  }

  /** A socket that says nothing for DEAD is dead, whatever the browser believes. */
  tick() {
    if (Date.now() - this.heard > DEAD) this.lost();
    else if (this.beats++ % SYNC_EVERY === SYNC_EVERY - 1) this.sync();
    else this.send({ type: "ping" });
  }

  lost() {
    this.drop();
    if (!this.wanted) return;
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** this.failures++);
    this.timer = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
    if (!this.poller && this.failures > 1) {
      this.poller = setInterval(() => this.poll(), POLL);
      this.poll();
    }
  }

  /** The chat is over: a look now and then, until the visitor writes again. */
  rest() {
    this.drop();
    this.timer = 0;
    this.poller ||= setInterval(() => this.poll(), REST);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    clearInterval(this.beat);
    if (!this.wanted) {
      clearInterval(this.poller);
      this.poller = 0;
    }
    if (socket) socket.close();
    this.become(false, this.reachable);
  }

  /** Where sockets are blocked, this is the connection. */
  async poll() {
    const position = this.listener.position();
    if (!position) return;
    try {
      const frame = await this.api.get("messages", { session: position.session, after: position.last_seq });
      this.listener.frame(frame);
      this.become(this.live, true);
      if (!this.timer && frame.state !== "ended") this.open(); // taken up again elsewhere
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_found") this.listener.frame({ type: "error", code: error.code });
      else this.become(this.live, false);
    }
  }

  /**
   * @param {boolean} live
   * @param {boolean} reachable
   */
  become(live, reachable) {
    const differs = live !== this.live || reachable !== this.reachable;
    this.live = live;
    this.reachable = reachable;
    if (differs) this.listener.changed();
  }
}
