import { t } from "./words.js";

/** The HTTP side of the protocol. */

/** @typedef {ReturnType<typeof makeApi>} Api */

export class ApiError extends Error {
  /** @param {{ code: string, message?: string, retry_after?: number, field?: string }} error as the server says it; "network" when nothing answered */
  constructor({ code, message, retry_after, field }) {
    super(message || t("unavailable"));
    this.code = code;
    /** Seconds. */
    this.later = retry_after || 0;
    /** The question before the chat that it is about. */
    this.field = field || "";
    /** The same words may go through later, unchanged. */
    this.passing = ["network", "server", "slow_down"].includes(code);
  }
}

const PATIENCE = 20000;
const UPLOAD_PATIENCE = 180000;

/**
 * @param {string} origin of the contact centre
 * @param {string} key
 * @param {import("./store.js").Store} store
 */
export function makeApi(origin, key, store) {
  /**
   * @param {string} path
   * @param {Record<string, any>} [query]
   * @param {RequestInit} [init]
   */
  async function request(path, query, { headers, ...init } = {}) {
    const address = `${origin}/widget/api/${path}?${new URLSearchParams({ key, ...query })}`;
    try {
      return await fetch(address, {
        ...init,
        headers: { Authorization: `Bearer ${store.token()}`, ...headers },
        signal: AbortSignal.timeout(init.body instanceof FormData ? UPLOAD_PATIENCE : PATIENCE),
        credentials: "omit",
        cache: "no-store",
      });
    } catch {
      throw new ApiError({ code: "network" });
    }
  }

  /**
   * @param {string} path
   * @param {Record<string, string | number>} [query]
   * @param {RequestInit} [init]
   * @returns {Promise<any>}
   */
  async function get(path, query, init) {
    const response = await request(path, query, init);
    const body = await response.json().catch(() => null);
    if (response.ok && body) return body;
    throw new ApiError(body?.error || { code: response.status < 500 ? "refused" : "server" });
  }

  return {
    origin,
    key,
    store,
    get,

    /**
     * @param {string} path
     * @param {Record<string, any>} body
     */
    post: (path, body) =>
      get(path, {}, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),

    /**
     * @param {import("./store.js").Item} item
     * @param {string} session
     * @param {File[]} files
     */
    upload({ id, text }, session, files) {
      const body = new FormData();
      for (const [name, value] of Object.entries({ id, text, session })) body.append(name, value);
      for (const file of files) body.append("files", file, file.name);
      return get("messages", {}, { method: "POST", body });
    },

    /**
     * A file of this chat, as a local address that a link or an image may use; empty when it cannot be had.
     * @param {string} id
     * @param {string | null} session
     */
    async file(id, session) {
      const response = await request(`attachments/${id}`, { session }).catch(() => null);
      const file = response?.ok && (await response.blob().catch(() => null));
      return file ? URL.createObjectURL(file) : "";
    },
  };
}
