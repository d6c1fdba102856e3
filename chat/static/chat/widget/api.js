import { Store } from "./store.js";
import { t } from "./words.js";

/** The HTTP side of the protocol. */

export class ApiError extends Error {
  /**
   * @param {string} code "network" when nothing answered
   * @param {string} message
   * @param {number} [retryAfter] seconds
   * @param {string} [field] the question before the chat that it is about
   */
  constructor(code, message, retryAfter = 0, field = "") {
    super(message || t("unavailable"));
    this.code = code;
    this.retryAfter = retryAfter;
    this.field = field;
  }

  /** The same words may go through later, unchanged. */
  get passing() {
    return ["network", "server", "slow_down"].includes(this.code);
  }
}

const SECONDS = 20;
const UPLOAD_SECONDS = 180;

export class Api {
  /**
   * @param {string} origin of the contact centre
   * @param {string} key
   * @param {Store} store
   */
  constructor(origin, key, store) {
    this.origin = origin;
    this.key = key;
    this.store = store;
  }

  /** @param {Record<string, string | number>} [query] */
  get(/** @type {string} */ path, query = {}) {
    return this.json(path, {}, query);
  }

  /** @param {Record<string, any>} body */
  post(/** @type {string} */ path, body) {
    return this.json(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /**
   * @param {import("./store.js").Item} item
   * @param {string} session
   * @param {File[]} files
   */
  upload(item, session, files) {
    const form = new FormData();
    form.append("id", item.id);
    form.append("text", item.text);
    form.append("session", session);
    for (const file of files) form.append("files", file, file.name);
    return this.json("messages", { method: "POST", body: form });
  }

  /**
   * A file of this chat, as a local address that a link or an image may use.
   * @param {string} id
   * @param {string} session
   */
  async file(id, session) {
    const response = await this.fetch(`attachments/${encodeURIComponent(id)}`, {}, { session });
    if (!response.ok) throw new ApiError("not_found", "");
    return URL.createObjectURL(await response.blob());
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @param {Record<string, string | number>} [query]
   * @returns {Promise<any>}
   */
  async json(path, init, query = {}) {
    const response = await this.fetch(path, init, query);
    const body = await response.json().catch(() => null);
    if (response.ok && body) return body;
    const error = body?.error || { code: response.status < 500 ? "refused" : "server", message: "" };
    throw new ApiError(error.code, error.message, error.retry_after, error.field);
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @param {Record<string, string | number>} query
   */
  async fetch(path, init, query) {
    const url = new URL(`/widget/api/${path}`, this.origin);
    url.search = String(new URLSearchParams({ key: this.key, .../** @type {any} */ (query) }));
    const signal = AbortSignal.timeout(1000 * (init.body instanceof FormData ? UPLOAD_SECONDS : SECONDS));
    const headers = { Accept: "application/json", Authorization: `Bearer ${this.store.token()}`, ...init.headers };
    try {
      return await fetch(url, { ...init, headers, signal, credentials: "omit", cache: "no-store" });
    } catch {
      throw new ApiError("network", "");
    }
  }
}
