import { button, fileSize, h, input, popup, problemLine, say } from "./dom.js";
import { icon } from "./icons.js";
import { Store } from "./store.js";
import { t } from "./words.js";

/** The place to write: words, files and emoji. What is typed outlives a reload. */

const MOST_FILES = 10;
export class Composer {
  /** @type {File[]} */
  chosen = [];
  chips = h("div", { class: "chips", hidden: true });
  problem = problemLine();
  text = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      rows: 1,
      "aria-label": t("message"),
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
      onpaste: (event) => event.clipboardData.files.length && this.take(event, event.clipboardData),
    })
  );
  picker = input({ type: "file", multiple: true, hidden: true, onchange: () => this.pick(this.picker.files) });
  attach = button("round", () => this.picker.click(), t("attach"), icon("clip"));
  emoji = popup("emoji", t("emoji"), "🙂", ...[...t("emojis")].map((one) => button("", () => this.insert(one), one)));
  send = h("button", { class: "round send", "aria-label": t("send") }, icon("send"));
  bar = h("div", "bar", this.attach, this.emoji, this.text, this.send, this.picker);

  /**
   * @param {Store} store
   * @param {import("./frames.js").Config} config
   * @param {{ typing: (on: boolean) => void, submit: () => void }} told
   */
  constructor(store, config, told) {
    this.store = store;
    this.config = config;
    this.told = told;
    this.text.value = store.get("draft") || "";
  }

  typed() {
    this.store.set("draft", this.text.value || null);
    this.told.typing(Boolean(this.text.value));
    this.grow();
    const max = this.config.max_characters;
    const left = max - this.length();
    this.warn(left < 0 ? t("tooLong", { n: -left, max }) : "");
  }

  /** Characters as the server counts them: an emoji is one. */
  length() {
    return [...this.text.value].length;
  }

  grow() {
    const { text } = this;
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 132)}px`;
    this.send.classList.toggle("ready", Boolean(text.value.trim() || this.chosen.length));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.told.submit();
  }

  /** @returns {boolean} whether there is something that may be sent */
  check() {
    if (!this.text.value.trim() && !this.chosen.length) this.text.focus();
    else if (this.length() <= this.config.max_characters) return true;
    else this.typed();
    return false;
  }

  /** What was written, which is no longer here afterwards. */
  empty() {
    const taken = { text: this.text.value, files: this.chosen };
    this.chosen = [];
    this.showChips();
    this.write("");
    return taken;
  }

  /** @param {string} text */
  write(text) {
    this.text.value = text;
    this.typed();
  }

  /** @param {string} problem empty hides it */
  warn(problem) {
    say(this.problem, problem);
  }

  /** @param {string} one */
  insert(one) {
    const { text } = this;
    text.setRangeText(one, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    this.typed();
  }

  // --- files ---

  /**
   * @param {Event} event
   * @param {DataTransfer | null} from
   */
  take(event, from) {
    event.preventDefault();
    if (!this.attach.hidden) this.pick(from?.files);
  }

  /** @param {FileList | null | undefined} files */
  pick(files) {
    this.warn("");
    const max = this.config.max_bytes;
    for (const file of files || []) {
      if (file.size > max) this.warn(t("fileTooLarge", { name: file.name, max: fileSize(max) }));
      else if (this.chosen.length >= MOST_FILES) this.warn(t("tooMany", { n: MOST_FILES }));
      else this.chosen.push(file);
    }
    this.picker.value = "";
    this.showChips();
    this.text.focus();
  }

  showChips() {
    this.chips.hidden = !this.chosen.length;
    this.chips.replaceChildren(
      ...this.chosen.map((file) => {
        const drop = () => {
          this.chosen = this.chosen.filter((one) => one !== file);
          this.showChips();
        };
        const away = button("", drop, t("remove", { name: file.name }), icon("close"));
        return h("span", "chip", h("span", "", file.name), h("small", "", fileSize(file.size)), away);
      }),
    );
    this.grow();
  }
}
