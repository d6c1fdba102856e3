/** One socket that is always being mended, with polling beside it while it is down. */

/** @typedef {ReturnType<typeof makeConnection>} Connection */

const BEAT = 8000;
const DEAD = 15000;
const LONGEST_WAIT = 8000;
const SYNC_EVERY = 4;
const POLL = 4000;
const OVER = 4410;
const REST = 15000;
const VERSION = 1;

/**
 * @param {import("./api.js").Api} api
 * @param {() => { session: string, last_seq: number } | null} position what to resume; null while there is no chat
 * @param {(frame: any) => void} receive
 * @param {() => void} changed `live` or `reachable` is different now
 */
export function makeConnection(api, position, receive, changed) {
  const connection = {
    /** The socket is open and `hello` was answered. */
    live: false,
    /** Something of us answered lately, over whichever way. */
    reachable: true,
    ...{ start, stop, send, become },
  };
  let wanted = false;
  let failures = 0;
  let heard = 0;
  let beats = 0;
  /** @type {WebSocket | null} */
  let socket = null;
  /** @type {any} */
  let timer = 0;
  /** @type {any} */
  let beat = 0;
  /** @type {any} */
  let poller = 0;
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  addEventListener("offline", changed);
  document.addEventListener("visibilitychange", () => document.hidden || wake());

  function start() {
    wanted = true;
    if (!socket) open();
  }

  function stop() {
    wanted = false;
    clearTimeout(timer);
    drop();
  }

  /** The network or the page came back: do not wait for timers that slept. */
  function wake() {
    if (!wanted) return;
    failures = 0;
    if (connection.live) sync();
    else if (!socket || socket.readyState > 1) open();
    changed();
  }

  /**
   * @param {Record<string, any>} frame
   * @returns {boolean} false when there is no live socket
   */
  function send(frame) {
    if (connection.live && socket?.readyState === 1) {
      socket.send(JSON.stringify(frame));
      return true;
    }
    if (poller && !timer) timer = setTimeout(open, 1000);
    return false;
  }

  function sync() {
    const where = position();
    if (where) send({ type: "sync", last_seq: where.last_seq });
  }

  function open() {
    clearTimeout(timer);
    drop();
    const where = position();
    if (!wanted || !where) return;
    /** @type {WebSocket} */
    let mine;
    try {
      mine = socket = new WebSocket(`${api.origin.replace("http", "ws")}/ws/widget/`);
    } catch {
      return lost();
    }
    const hello = { type: "hello", v: VERSION, key: api.key, token: api.store.token(), ...where };
    mine.onopen = () => mine.send(JSON.stringify(hello));
    mine.onmessage = ({ data }) => mine === socket && hear(JSON.parse(data));
    mine.onclose = ({ code }) => mine === socket && (code === OVER ? rest() : lost());
    heard = Date.now();
    beat = setInterval(tick, BEAT);
  }

  /** @param {any} frame */
  function hear(frame) {
    heard = Date.now();
    if (frame.type === "ready") {
      failures = 0;
      pollEvery(0);
      become(true, true);
      if (!frame.live) setTimeout(sync, POLL);
    }
    receive(frame);
  }

  /** A socket that says nothing for DEAD is dead, whatever the browser believes. */
  function tick() {
    if (Date.now() - heard > DEAD) lost();
    else if (++beats % SYNC_EVERY) send({ type: "ping" });
    else sync();
  }

  function lost() {
    drop();
    if (!wanted) return;
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** failures++);
    timer = setTimeout(open, wait * (0.5 + Math.random() / 2));
    if (!poller && failures > 1) {
      pollEvery(POLL);
      poll();
    }
  }

  /** The chat is over: a look now and then, until the visitor writes again. */
  function rest() {
    drop();
    timer = 0;
    if (!poller) pollEvery(REST);
  }

  function drop() {
    const old = socket;
    socket = null;
    clearInterval(beat);
    if (!wanted) pollEvery(0);
    old?.close();
    become(false, connection.reachable);
  }

  /** @param {number} wait milliseconds; 0: not at all */
  function pollEvery(wait) {
    clearInterval(poller);
    poller = wait && setInterval(poll, wait);
  }

  /** Where sockets are blocked, this is the connection. */
  async function poll() {
    const where = position();
    if (!where) return;
    try {
      const frame = await api.get("messages", { session: where.session, after: where.last_seq });
      receive(frame);
      become(connection.live, true);
      if (!timer && frame.state !== "ended") open(); // taken up again elsewhere
    } catch (error) {
      if (/** @type {import("./api.js").ApiError} */ (error).code === "not_found") receive(error);
      else become(connection.live, false);
    }
  }

  /**
   * @param {boolean} live
   * @param {boolean} reachable
   */
  function become(live, reachable) {
    const differs = live !== connection.live || reachable !== connection.reachable;
    Object.assign(connection, { live, reachable });
    if (differs) changed();
  }

  return connection;
}
