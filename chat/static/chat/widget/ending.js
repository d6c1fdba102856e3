import { Conversation } from "./conversation.js";
import { h, input, problemLine, say } from "./dom.js";
import { emailForm } from "./waiting.js";
import { t } from "./words.js";

/** After the chat: who ended it, how it was, and the transcript. */

export class Ending {
  by = h("p", { role: "status" });
  problem = problemLine();
  comment = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      class: "box",
      rows: 2,
      maxlength: 2000,
      "aria-label": t("rateComment"),
      placeholder: t("rateComment"),
      oninput: () => this.chat.store.set("comment", this.comment.value || null),
    })
  );
  more = h("div", { class: "more" }, this.comment, h("button", { class: "strong" }, t("rateSend")));
  stars = h(
    "fieldset",
    { class: "stars" },
    h("legend", {}, t("rate")),
    ...[1, 2, 3, 4, 5].map((n) =>
      h(
        "label",
        {},
        input({ type: "radio", name: "score", value: n, "aria-label": t("rateScore", { n }), onchange: () => this.choose(n) }),
        "★",
      ),
    ),
  );
  rating = h("form", { onsubmit: (event) => this.rate(event) }, this.stars, this.more, this.problem);
  rated = h("p", { class: "small", role: "status" }, t("rated"));
  sent = h("p", { class: "small", role: "status" }, t("transcriptSent"));
  score = 0;

  /**
   * @param {Conversation} chat
   * @param {import("./frames.js").Config} config
   */
  constructor(chat, config) {
    this.chat = chat;
    this.config = config;
    this.comment.value = chat.store.get("comment") || "";
    this.transcript = emailForm(chat, "transcript", t("transcript"));
    this.element = h("div", { class: "note" }, this.by, this.rating, this.rated, this.transcript.form, this.sent);
    this.choose(0);
  }

  show() {
    const { chat, config } = this;
    const { agent, ended_by, rating, state, transcript_sent } = chat.is;
    const name = agent?.name || t("us");
    this.element.hidden = state !== "ended";
    say(this.by, { visitor: t("endedYou"), agent: t("endedAgent", { name }), system: t("endedSystem") }[ended_by || ""] || t("ended"));
    this.rating.hidden = !config.rating || !agent || Boolean(rating);
    this.rated.hidden = !rating;
    this.transcript.form.hidden = !config.transcript || !agent || Boolean(transcript_sent);
    this.transcript.show();
    this.sent.hidden = !transcript_sent;
  }

  /** @param {number} score 0: none yet */
  choose(score) {
    this.score = score;
    this.more.hidden = !score;
    this.stars.querySelectorAll("label").forEach((label, index) => label.classList.toggle("on", index < score));
  }

  /** @param {Event} event */
  async rate(event) {
    event.preventDefault();
    try {
      await this.chat.ask("rate", { score: this.score, comment: this.comment.value });
      this.comment.value = "";
      this.chat.store.set("comment", null);
      this.choose(0);
    } catch (error) {
      say(this.problem, /** @type {Error} */ (error).message || t("unavailable"));
    }
  }
}
