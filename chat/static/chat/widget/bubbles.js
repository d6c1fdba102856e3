import { button, fileSize, h, linkify } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

/** The conversation as nodes: days, who speaks, bubbles, and how far the last words got. */

/**
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {import("./frames.js").Message} Message
 * @typedef {{ api: import("./api.js").Api, session: string | null }} Source where a message's files are
 * @typedef {import("./store.js").Item} Item
 */

const TOGETHER = 300000;

/**
 * @param {Message} message
 * @param {Message | undefined} before
 * @param {Source} source
 * @returns {HTMLElement}
 */
export function messageRow(message, before, source) {
  const { kind } = message.author;
  const at = new Date(message.at);
  const mine = kind === "visitor";
  const earlier = before && new Date(before.at);
  const day = earlier?.toDateString() !== at.toDateString();
  const close = earlier && before.author.kind + before.author.name === kind + message.author.name && +at - +earlier < TOGETHER;
  const name = mine ? t("you") : message.author.name || t("us");
  const dayLine = day && h("div", "day", dayName(at));
  if (kind === "system") return h("div", { class: "row", "data-seq": message.seq }, dayLine, h("p", "day", message.text));
  return h(
    "div",
    { class: `row ${mine ? "mine" : "theirs"}${close ? " close" : ""}`, "data-seq": message.seq },
    dayLine,
    h("p", { class: mine || close ? "who hidden" : "who" }, name),
    message.text && h("div", { class: "bubble", title: at.toLocaleString(t("language")) }, ...linkify(message.text)),
    ...message.attachments.map((one) => attachment(one, source)),
  );
}

/**
 * @param {Item} item
 * @param {Conversation} chat
 * @returns {HTMLElement}
 */
export function pendingRow(item, chat) {
  return h(
    "div",
    { class: `row mine pending${item.error ? " bad" : ""}`, "data-id": item.id },
    item.text && h("div", "bubble", ...linkify(item.text)),
    ...item.files.map((name) => h("div", "file", icon("clip"), h("span", "", name))),
    item.error
      ? h(
          "p",
          { class: "state", role: "alert" },
          `${t("failed")}. ${t(item.error) || item.error} `,
          item.error !== "fileAgain" && button("link", () => chat.retry(item.id), t("retry")),
          " ",
          button("link", () => chat.discard(item.id), t("discard")),
        )
      : h("p", "state", t(!navigator.onLine || !chat.connection.reachable || chat.failures > 1 ? "kept" : "sending")),
  );
}

/**
 * @param {Conversation} chat
 * @returns {string} how far the last of the visitor's words got; empty while others are on their way
 */
export function lastState(chat) {
  const own = chat.messages.filter((one) => one.author.kind === "visitor").at(-1);
  if (!own || chat.outbox.length || own !== chat.messages.at(-1)) return "";
  return t(own.seq <= chat.is.agent_seen ? "seen" : own.seq <= chat.is.agent_got ? "delivered" : "sent");
}

/** @param {string} name */
export function typingRow(name) {
  const dots = [1, 2, 3].map(() => h("i"));
  return h("div", { class: "row theirs typing", "aria-label": t("typing", { name }) }, h("div", "bubble", ...dots));
}

/** @param {Date} at */
function dayName(at) {
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(t("language"), { hour: "2-digit", minute: "2-digit", ...(!today && { day: "numeric", month: "long" }) });
}

/**
 * An image shows itself; everything else is a button that fetches with the visitor's token.
 * @param {import("./frames.js").Attachment} file
 * @param {Source} source
 */
function attachment(file, source) {
  const fetched = () => source.api.file(file.id, source.session);
  const save = async () => {
    const address = await fetched();
    if (address) h("a", { href: address, download: file.name }).click();
  };
  const label = [icon("clip"), h("span", "", file.name), h("small", "", fileSize(file.size))];
  const element = button("file", save, t("download", { name: file.name }), ...label);
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) fetched().then((address) => address && showImage(element, file.name, address));
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} src
 */
function showImage(element, name, src) {
  const image = h("img", { alt: t("image", { name }), src });
  // Where the host page's policy forbids blob images the button stays as it is.
  image.onload = () => {
    element.classList.add("picture");
    element.replaceChildren(image);
  };
}
