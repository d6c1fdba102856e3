import { button, fileSize, h, input, popup, problemLine, say } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

/** The place to write: words, files and emoji. What is typed outlives a reload. */

const MOST_FILES = 10;
const TALLEST = 132;

/**
 * @param {import("./store.js").Store} store
 * @param {import("./frames.js").Config} config
 * @param {(on: boolean) => void} typing
 * @param {() => void} submit
 */
export function makeComposer(store, config, typing, submit) {
  /** @type {File[]} */
  let chosen = [];
  const chips = h("div", "chips");
  const problem = problemLine();
  const text = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      rows: 1,
      "aria-label": t("message"),
      oninput: typed,
      onkeydown: key,
      onpaste: (event) => event.clipboardData.files[0] && take(event, event.clipboardData),
    })
  );
  const picker = input({ type: "file", multiple: true, hidden: true, onchange: () => pick(picker.files) });
  const attach = button("round", () => picker.click(), t("attach"), icon("clip"));
  const emoji = popup("emoji", t("emoji"), "🙂", ...[...t("emojis")].map((one) => button("", () => insert(one), one)));
  const send = h("button", { class: "round send", "aria-label": t("send") }, icon("send"));
  const bar = h("div", "bar", attach, emoji, text, send, picker);
  text.value = store.get("draft") || "";

  function typed() {
    const { value } = text;
    const max = config.max_characters;
    const over = length() - max;
    store.set("draft", value || null);
    typing(Boolean(value));
    grow();
    warn(over > 0 ? t("tooLong", { n: over, max }) : "");
  }

  /** Characters as the server counts them: an emoji is one. */
  function length() {
    return [...text.value].length;
  }

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, TALLEST)}px`;
    send.classList.toggle("ready", something());
  }

  function something() {
    return Boolean(text.value.trim() || chosen[0]);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  }

  /** @returns {boolean} whether there is something that may be sent */
  function check() {
    if (!something()) text.focus();
    else if (length() <= config.max_characters) return true;
    else typed();
    return false;
  }

  /** What was written, which is no longer here afterwards. */
  function empty() {
    const taken = { text: text.value, files: chosen };
    chosen = [];
    showChips();
    write("");
    return taken;
  }

  /** @param {string} words */
  function write(words) {
    text.value = words;
    typed();
  }

  /** @param {string} why empty hides it */
  function warn(why) {
    say(problem, why);
  }

  /** @param {string} one */
  function insert(one) {
    text.setRangeText(one, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    typed();
  }

  // --- files ---

  /**
   * @param {Event} event
   * @param {DataTransfer | null} from
   */
  function take(event, from) {
    event.preventDefault();
    if (!attach.hidden) pick(from?.files);
  }

  /** @param {FileList | null | undefined} files */
  function pick(files) {
    const max = config.max_bytes;
    warn("");
    for (const file of files || []) {
      if (file.size > max) warn(t("fileTooLarge", { name: file.name, max: fileSize(max) }));
      else if (chosen.length < MOST_FILES) chosen.push(file);
      else warn(t("tooMany", { n: MOST_FILES }));
    }
    picker.value = "";
    showChips();
    text.focus();
  }

  function showChips() {
    const rows = chosen.map((file) => {
      const drop = () => {
        chosen = chosen.filter((one) => one !== file);
        showChips();
      };
      const away = button("", drop, t("remove", { name: file.name }), icon("close"));
      return h("span", "chip", h("span", "", file.name), h("small", "", fileSize(file.size)), away);
    });
    chips.replaceChildren(...rows);
    grow();
  }

  return { text, chips, problem, bar, attach, check, empty, write, warn, grow, take };
}
