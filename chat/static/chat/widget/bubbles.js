import { fileSize, h, linkify } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./strings.js";

/** The conversation as nodes: days, who speaks, bubbles, and how far the last words got. */

/**
 * @typedef {import("./conversation.js").Conversation} Conversation
 * @typedef {import("./conversation.js").Message} Message
 * @typedef {import("./store.js").Item} Item
 */

const TOGETHER = 5 * 60 * 1000;

/**
 * @param {Message} message
 * @param {Message | undefined} before
 * @param {Conversation} chat
 * @returns {HTMLElement}
 */
export function messageRow(message, before, chat) {
  const at = new Date(message.at);
  const mine = message.author.kind === "visitor";
  const day = !before || new Date(before.at).toDateString() !== at.toDateString();
  const follows = !day && before.author.kind === message.author.kind && before.author.name === message.author.name;
  const close = follows && +at - +new Date(before.at) < TOGETHER;
  const name = mine ? t("you") : message.author.name || t("us");
  return h(
    "div",
    { class: `row ${mine ? "mine" : "theirs"}${close ? " close" : ""}`, "data-seq": message.seq },
    day && h("div", { class: "day" }, dayName(at)),
    h("p", { class: mine || close ? "who hidden" : "who" }, name),
    message.text && h("div", { class: "bubble", title: at.toLocaleString() }, ...linkify(message.text)),
    ...message.attachments.map((one) => attachment(one, chat)),
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
    item.text && h("div", { class: "bubble" }, ...linkify(item.text)),
    ...item.files.map((name) => h("div", { class: "file" }, icon("file"), h("span", {}, name))),
    item.error
      ? h(
          "p",
          { class: "state", role: "alert" },
          h("span", {}, icon("alert"), `${t("failed")}. ${t(item.error)} `),
          item.error !== "fileAgain" &&
            h("button", { class: "link", type: "button", onclick: () => chat.retry(item.id) }, t("retry")),
          " ",
          h("button", { class: "link", type: "button", onclick: () => chat.discard(item.id) }, t("discard")),
        )
      : h("p", { class: "state" }, t(chat.offline || chat.failures > 1 ? "kept" : "sending")),
  );
}

/**
 * @param {Conversation} chat
 * @returns {string} how far the last of the visitor's words got; empty while others are on their way
 */
export function lastState(chat) {
  const own = chat.messages.filter((one) => one.author.kind === "visitor").at(-1);
  if (!own || chat.outbox.length || own !== chat.messages.at(-1)) return "";
  return t(own.seq <= chat.agentSeen ? "seen" : "sent");
}

/** @param {string} name */
export function typingRow(name) {
  const dots = [1, 2, 3].map(() => h("i"));
  return h("div", { class: "row theirs typing", "aria-label": t("typing", { name }) }, h("div", { class: "bubble" }, ...dots));
}

/** @param {Date} at */
function dayName(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const name = days < 2 ? t(days ? "yesterday" : "today") : at.toLocaleDateString([], { day: "numeric", month: "long" });
  return `${name}, ${time}`;
}

/**
 * An image shows itself; everything else is a button that fetches with the visitor's token.
 * @param {import("./conversation.js").Attachment} file
 * @param {Conversation} chat
 */
function attachment(file, chat) {
  const save = async () => {
    const address = await chat.api.file(file.id, chat.session || "").catch(() => "");
    if (address) h("a", { href: address, download: file.name }).click();
  };
  const button = h(
    "button",
    { class: "file", type: "button", onclick: save, "aria-label": t("download", { name: file.name }) },
    icon("file"),
    h("span", {}, file.name),
    h("small", {}, fileSize(file.size)),
  );
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) showImage(button, file, chat);
  return button;
}

/**
 * @param {HTMLElement} button
 * @param {import("./conversation.js").Attachment} file
 * @param {Conversation} chat
 */
async function showImage(button, file, chat) {
  const address = await chat.api.file(file.id, chat.session || "").catch(() => "");
  if (!address) return;
  const image = /** @type {HTMLImageElement} */ (h("img", { alt: t("image", { name: file.name }) }));
  // Where the host page's policy forbids blob images the button stays as it is.
  image.onload = () => {
    button.classList.add("picture");
    button.replaceChildren(image);
  };
  image.src = address;
}
