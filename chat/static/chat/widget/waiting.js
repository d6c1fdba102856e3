import { h, hint, input, makeForm, problemLine, say, status } from "./dom.js";
import { t } from "./words.js";

/** While nobody has joined yet: the place in line, and leaving without losing it. */

/**
 * An address and what it is for, with one button. What is typed stays until it went through.
 * @param {import("./conversation.js").Conversation} chat
 * @param {string} path of the wish
 * @param {string} label
 */
export function emailForm(chat, path, label) {
  const email = input({ type: "email", autocomplete: "email", ...hint(t("email")), maxlength: 254 });
  const problem = problemLine();
  const submit = async () => {
    say(problem, "");
    email.value = email.value.trim();
    if ((!email.value && !chat.is.email_given) || !email.checkValidity()) {
      say(problem, t("badEmail"));
      return email.focus();
    }
    try {
      await chat.ask(path, { email: email.value });
      if (path === "transcript") chat.reached({ transcript_sent: true });
      chat.changed();
    } catch (error) {
      say(problem, /** @type {Error} */ (error).message);
    }
  };
  const form = makeForm("inline", submit, email, h("button", "strong", label), problem);
  return {
    form,
    /** @param {boolean} on with the address that was given before the chat, unless another is being written */
    show(on) {
      form.hidden = !on;
      email.defaultValue = chat.store.get("answers")?.email || "";
    },
  };
}

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {import("./frames.js").Config} config
 */
export function makeWaiting(chat, config) {
  const place = status();
  const why = h("p", "small");
  const keep = emailForm(chat, "keep", t("keepPlace"));
  const element = h("div", "note", place, why, keep.form);

  function show() {
    const { by_email, state } = chat.is;
    element.hidden = state !== "waiting";
    keep.show(!by_email && Boolean(config.leave));
    say(place, standing());
    say(why, by_email ? t("keptPlace") : config.leave ? t("keepPlaceWhy") : "");
  }

  /** Only what is known: without enough measured chats there is a place and no minutes. */
  function standing() {
    const { queue } = chat.is;
    if (!queue) return t("waiting");
    const [low = 0, high = 0] = queue.minutes || [];
    const line = queue.position > 1 ? t("place", { n: queue.position }) : t("next");
    return [t("waiting"), line, high && t(low ? "minutes" : "minutesUpTo", { low, high })].filter(Boolean).join(" ");
  }

  return { element, show };
}
