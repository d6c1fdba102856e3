/** What the browser remembers: the visitor's secret, the chat, and words that are not yet with us. */

/**
 * @typedef {object} Form what goes with the first words
 * @property {string} name
 * @property {string} email
 * @property {Record<string, string>} answers by question
 * @property {string} department
 * @property {string} terms the version that was agreed to
 * @property {string} invitation
 * @property {boolean} leave nobody is there: it is answered by email
 *
 * @typedef {object} Item words on their way; kept in localStorage until they are acknowledged
 * @property {string} id the client id: the server takes each one once
 * @property {string} text
 * @property {number} at milliseconds
 * @property {Form} [form] for a first message
 * @property {string[]} files names; the files themselves live only in this page
 * @property {string} [error] why it cannot be sent as it is
 */

/** @param {number} bytes */
export function randomId(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

export class Store {
  /** @param {string} key the widget's public key: two widgets on one site do not meet */
  constructor(key) {
    this.prefix = `contact-chat:${key}:`;
    /** @type {Map<string, string>} stands in where localStorage is forbidden */
    this.memory = new Map();
  }

  /**
   * @param {string} name
   * @returns {any} null when there is nothing, or nothing readable
   */
  get(name) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name) ?? this.memory.get(name) ?? "null");
    } catch {
      return JSON.parse(this.memory.get(name) ?? "null");
    }
  }

  /**
   * @param {string} name
   * @param {any} value null removes
   */
  set(name, value) {
    if (value == null) this.memory.delete(name);
    else this.memory.set(name, JSON.stringify(value));
    try {
      if (value == null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // Full or forbidden: this page goes on from memory.
    }
  }

  /** The visitor's secret: 192 random bits, made at the first need. */
  token() {
    const known = this.get("token");
    if (known) return /** @type {string} */ (known);
    const token = randomId(24);
    this.set("token", token);
    return token;
  }

  /**
   * Words on their way, oldest first. One entry each, so that two tabs never overwrite each other's.
   * @returns {Item[]}
   */
  outbox() {
    return this.names()
      .filter((name) => name.startsWith("out:"))
      .map((name) => this.get(name))
      .filter(Boolean)
      .sort((a, b) => a.at - b.at);
  }

  /** @param {Item} item */
  keep(item) {
    this.set(`out:${item.id}`, item);
  }

  /** @param {string} id */
  drop(id) {
    this.set(`out:${id}`, null);
  }

  /** The visitor logs out of the site: nothing of them stays in this browser. */
  clear() {
    for (const name of this.names()) this.set(name, null);
  }

  /** @returns {string[]} */
  names() {
    const names = new Set(this.memory.keys());
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(this.prefix)) names.add(key.slice(this.prefix.length));
      }
    } catch {
      // Forbidden: memory alone.
    }
    return [...names];
  }
}
