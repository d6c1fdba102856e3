import { Conversation } from "./conversation.js";
import { button, h, input, problemLine, say } from "./dom.js";
import { t } from "./words.js";

/** While nobody has joined yet: the place in line, and leaving without losing it. */

/**
 * An address and what it is for, with one button. What is typed stays until it went through.
 * @param {Conversation} chat
 * @param {string} path of the wish
 * @param {string} label
 */
export function emailForm(chat, path, label) {
  const email = input({ type: "email", autocomplete: "email", "aria-label": t("email"), placeholder: t("email"), maxlength: 254 });
  const problem = problemLine();
  const onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    say(problem, "");
    email.value = email.value.trim();
    if ((!email.value && !chat.is.email_given) || !email.checkValidity()) {
      say(problem, t("badEmail"));
      return email.focus();
    }
    try {
      await chat.ask(path, { email: email.value });
      if (path === "transcript") chat.reached({ transcript_sent: true });
      chat.changed("all");
    } catch (error) {
      say(problem, /** @type {Error} */ (error).message || t("unavailable"));
    }
  };
  const form = h("form", { class: "inline", novalidate: true, onsubmit }, email, h("button", { class: "strong" }, label), problem);
  return {
    form,
    /** The address that we know need not be asked again. */
    show() {
      email.hidden = Boolean(chat.is.email_given);
    },
  };
}

export class Waiting {
  place = h("p", { role: "status" });
  why = h("p", { class: "small" });

  /** @param {Conversation} chat */
  constructor(chat) {
    this.chat = chat;
    this.keep = emailForm(chat, "keep", t("keepPlace"));
    this.element = h("div", { class: "note" }, this.place, this.why, this.keep.form);
  }

  show() {
    const { chat } = this;
    this.element.hidden = chat.is.state !== "waiting";
    this.keep.form.hidden = Boolean(chat.is.by_email);
    this.keep.show();
    say(this.place, this.standing());
    say(this.why, t(chat.is.by_email ? "keptPlace" : "keepPlaceWhy"));
  }

  /** Only what is known: without enough measured chats there is a place and no minutes. */
  standing() {
    const { queue } = this.chat.is;
    if (!queue) return t("waiting");
    const place = queue.position > 1 ? t("place", { n: queue.position }) : t("next");
    const [low = 0, high = 0] = queue.minutes || [];
    const range = low > 0 ? t("minutes", { low, high }) : t("minutesUpTo", { high });
    return [t("waiting"), place, queue.minutes && range].filter(Boolean).join(" ");
  }
}
