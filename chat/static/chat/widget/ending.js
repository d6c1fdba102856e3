import { h, hint, input, makeForm, problemLine, say, status } from "./dom.js";
import { emailForm } from "./waiting.js";
import { t } from "./words.js";

/** After the chat: who ended it, how it was, and the transcript. */

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {import("./frames.js").Config} config
 */
export function makeEnding(chat, config) {
  const { store } = chat;
  let score = 0;
  const by = status();
  const problem = problemLine();
  const words = hint(t("rateComment"));
  const comment = /** @type {HTMLTextAreaElement} */ (
    h("textarea", { class: "box", rows: 2, maxlength: 2000, ...words, oninput: () => store.set("comment", comment.value) })
  );
  comment.value = store.get("comment") || "";
  const more = h("div", "more", comment, h("button", "strong", t("rateSend")));
  const stars = [1, 2, 3, 4, 5].map((n) => {
    const onchange = () => choose(n);
    return h("label", "", input({ type: "radio", name: "score", "aria-label": t("rateScore", { n }), onchange }), "★");
  });
  const rating = makeForm("", rate, h("fieldset", "stars", h("legend", "", t("rate")), ...stars), more, problem);
  const rated = status("small", t("rated"));
  const sent = status("small", t("transcriptSent"));
  const transcript = emailForm(chat, "transcript", t("transcript"));
  const element = h("div", "note", by, rating, rated, transcript.form, sent);
  choose(0);

  /** @param {number} chosen 0: none yet */
  function choose(chosen) {
    score = chosen;
    more.hidden = !score;
    stars.forEach((star, index) => star.classList.toggle("on", index < score));
  }

  async function rate() {
    try {
      await chat.ask("rate", { score, comment: comment.value });
      comment.value = "";
      store.set("comment", null);
      choose(0);
    } catch (error) {
      say(problem, /** @type {Error} */ (error).message);
    }
  }

  function show() {
    const { agent, ended_by, rating: given, state, transcript_sent } = chat.is;
    const name = agent?.name || t("us");
    element.hidden = state !== "ended";
    say(by, t(`ended_${ended_by}`, { name }) || t("ended"));
    rating.hidden = !config.rating || !agent || Boolean(given);
    rated.hidden = !given;
    transcript.show(Boolean(config.transcript && agent && !transcript_sent));
    sent.hidden = !transcript_sent;
  }

  return { element, show };
}
