/** What the widget says. Only the words that stand on the page before the first opening are here; the rest is fetched. */

/** @type {Record<string, string[]>} launcher, launcherClose, unavailable */
const FIRST = {
  en: ["Open chat", "Close chat", "The chat is not available."],
  id: ["Buka obrolan", "Tutup", "Obrolan tidak tersedia."],
  el: ["Συνομιλία", "Κλείσιμο", "Η συνομιλία δεν είναι διαθέσιμη."],
  zh: ["打开聊天", "关闭", "聊天暂不可用。"],
};

/** @type {Record<string, string>} */
let words = {};

/** @param {string} tag BCP 47, such as "el-GR" */
export function chooseLanguage(tag) {
  const [launcher = "", launcherClose = "", unavailable = ""] = FIRST[tag.slice(0, 2).toLowerCase()] || FIRST.en || [];
  words = { launcher, launcherClose, unavailable, language: tag };
}

/** @param {Record<string, string | undefined>} sentences by name, from the configuration */
export function learn(sentences) {
  Object.assign(words, sentences);
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values] for the {places}
 * @returns {string}
 */
export function t(name, values = {}) {
  return (words[name] || "").replace(/\{(\w+)\}/g, (_, place) => `${values[place] ?? ""}`);
}
