/** What the widget says. Only the words that stand on the page before the first opening are here; the rest is fetched. */

/** @type {Record<string, string[]>} launcher, launcherClose, unread, unavailable */
const FIRST = {
  en: ["Open chat", "Close chat", "{n} new", "The chat is not available. Trying again."],
  id: ["Buka obrolan", "Tutup obrolan", "{n} baru", "Obrolan tidak tersedia. Mencoba lagi."],
  el: ["Άνοιγμα συνομιλίας", "Κλείσιμο συνομιλίας", "{n} νέα", "Η συνομιλία δεν είναι διαθέσιμη. Νέα προσπάθεια."],
  zh: ["打开聊天", "关闭聊天", "{n} 条新消息", "聊天不可用，正在重试。"],
};

/** @type {Record<string, string>} */
let words = {};

/** @param {string} tag BCP 47, such as "el-GR" */
export function chooseLanguage(tag) {
  const [launcher = "", launcherClose = "", unread = "", unavailable = ""] = FIRST[tag.slice(0, 2).toLowerCase()] || FIRST.en || [];
  words = { launcher, launcherClose, unread, unavailable, language: tag };
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
  return (words[name] || "").replace(/\{(\w+)\}/g, (_, place) => String(values[place] ?? ""));
}
