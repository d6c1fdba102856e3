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

/** @typedef {ReturnType<typeof makeStore>} Store */

/** @param {number} signs random ones, of 36: 5 bits each */
export function randomId(signs) {
  return Array.from(crypto.getRandomValues(new Uint8Array(signs)), (byte) => (byte % 36).toString(36)).join("");
}

/** @param {string} key the widget's public key: two widgets on one site do not meet */
export function makeStore(key) {
  const prefix = `contact-chat:${key}:`;
  /** @type {Record<string, string>} stands in where localStorage is forbidden or full */
  const memory = {};

  /**
   * @param {string} name
   * @returns {any} null when there is nothing, or nothing readable
   */
  function get(name) {
    try {
      return JSON.parse(memory[name] ?? localStorage[prefix + name]);
    } catch {
      return null;
    }
  }

  /**
   * @param {string} name
   * @param {any} value null removes
   */
  function set(name, value) {
    delete memory[name];
    try {
      if (value == null) delete localStorage[prefix + name];
      else localStorage[prefix + name] = JSON.stringify(value);
    } catch {
      memory[name] = JSON.stringify(value);
    }
  }

  /** @returns {string[]} */
  function names() {
    const names = Object.keys(memory);
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) names.push(key.slice(prefix.length));
    } catch {
      // Forbidden: memory alone.
    }
    return names;
  }

  return {
    prefix,
    get,
    set,

    /** @returns {string} the visitor's secret: 165 random bits, made at the first need */
    token() {
      if (!get("token")) set("token", randomId(32));
      return get("token");
    },

    /**
     * Words on their way, oldest first. One entry each, so that two tabs never overwrite each other's.
     * @returns {Item[]}
     */
    outbox: () =>
      names()
        .map((name) => name.startsWith("out:") && get(name))
        .filter(Boolean)
        .sort((a, b) => a.at - b.at),

    /** @param {Item} item */
    keep: (item) => set(`out:${item.id}`, item),

    /** @param {string} id */
    drop: (id) => set(`out:${id}`, null),

    /** The visitor logs out of the site: nothing of them stays in this browser. */
    clear: () => names().forEach((name) => set(name, null)),
  };
}
