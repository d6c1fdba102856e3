import { lastState, messageRow, pendingRow, typingRow } from "./bubbles.js";
import { makeComposer } from "./composer.js";
import { button, h, input, makeForm, popup, say, status } from "./dom.js";
import { makeEnding } from "./ending.js";
import { makeBefore } from "./form.js";
import { makeHome } from "./home.js";
import { icon } from "./icons.js";
import { makeWaiting } from "./waiting.js";
import { t } from "./words.js";

/** The window: what is before the chat, the chat, what comes after it, and which of these is shown. */

/** @typedef {ReturnType<typeof makePanel>} Panel */

/**
 * @param {import("./conversation.js").Conversation} chat
 * @param {import("./frames.js").Config} config
 * @param {import("./notify.js").Notifier} notifier
 * @param {() => void} close
 */
export function makePanel(chat, config, notifier, close) {
  const { store, api } = chat;
  /** The chat whose messages stand in the log. */
  let shown = "";
  let pictured = "";
  /** The visitor wants to write rather than to look around. */
  let writing = Boolean(store.get("draft"));
  /** @type {import("./embedded.js").Invitation | undefined} */
  let invitation;

  const composer = makeComposer(store, config, chat.type, submit);
  const before = makeBefore(store, config, show);
  const home = makeHome(api, store, config, write, show);
  const waiting = makeWaiting(chat, config);
  const ending = makeEnding(chat, config);

  const face = h("div", { class: "face", "aria-hidden": "true" });
  const name = h("strong", { id: "title" });
  const line = h("span", "line");
  const endButton = button("quiet", end, t("end"));
  const banner = h("div", { class: "banner", role: "status" });
  const hello = h("h2");
  const intro = status();
  const welcome = h("div", "welcome", hello, intro);
  const log = h("div", { class: "log", role: "log", "aria-label": t("title"), tabindex: "0" });
  const tail = h("div");
  const thanks = status();
  const another = button("quiet", restart, t("another"));
  const done = h("div", "note", thanks, another);
  const startButton = h("button", "strong wide start");
  const again = button("quiet wide", restart, t("again"));
  const talk = h("div", "", welcome, home.element, log, tail, waiting.element, ending.element, done);
  const scroll = h("div", "scroll", talk);
  const fields = [composer.chips, composer.problem, composer.bar, before.element, startButton, again];
  const form = makeForm("write", submit, ...fields);
  const middle = h("div", "middle", scroll, form, home.contacts);
  const menu = popup("menu", t("menu"), "⋯", setting("sound"), setting("flash"), endButton);
  const shut = button("round", close, t("close"), icon("close"));
  const head = h("div", "head", face, h("div", "names", name, line), menu, shut);

  /** @param {"sound" | "flash"} which */
  function setting(which) {
    const box = input({ type: "checkbox", onchange: () => store.set(which, box.checked) });
    box.checked = notifier.wanted(which);
    return h("label", "tick", box, t(which));
  }

  // --- doing ---

  /** From looking around to writing; what was searched for is the beginning of the message. */
  function write(text = home.search.value.trim()) {
    writing = true;
    if (!composer.text.value) composer.write(text);
    show();
    focus();
  }

  /** Our words were the first: they stand above the form. @param {import("./embedded.js").Invitation} followed */
  function invited(followed) {
    invitation = followed;
    write();
  }

  function focus() {
    if (!form.hidden) composer.text.focus();
    else if (home.page.hidden) home.start.focus();
  }

  function submit() {
    const first = !talking();
    if (!composer.check() || (first && !before.check())) return;
    const { text, files } = composer.empty();
    const answers = first ? before.read(invitation?.id || "") : undefined;
    if (first) before.empty();
    chat.type(false);
    chat.say(text, files, answers);
    toEnd();
    composer.text.focus();
  }

  /**
   * The form was refused: everything stands where it stood.
   * @param {import("./store.js").Item} item
   * @param {import("./api.js").ApiError} error
   */
  function restore({ text, form }, error) {
    composer.write([text, composer.text.value].filter(Boolean).join("\n"));
    writing = true;
    show();
    before.fill({ .../** @type {any} */ (form), ...form?.answers });
    before.refuse(error.field, error.message);
  }

  /** No second question: words written after the end take the chat up again. */
  async function end() {
    await chat.ask("end").catch((error) => composer.warn(error.message));
    composer.text.focus();
  }

  function restart() {
    writing = true;
    home.refresh();
    chat.fresh();
    focus();
  }

  /** The configuration is another now. */
  function make() {
    home.make();
    before.make();
    show();
  }

  // --- showing ---

  function talking() {
    return chat.session || chat.outbox[0] || chat.left;
  }

  function show() {
    const { agent, state } = chat.is;
    const ended = state === "ended";
    const busy = Boolean(talking());
    const looking = !busy && !writing && home.full();
    const asking = !busy && !looking;
    say(name, agent?.name || config.title);
    say(line, t(ended ? "ended" : state === "waiting" ? "waitingShort" : "") || (agent ? config.title : ""));
    showFace();
    before.show();
    endButton.hidden = !chat.session || ended;
    home.element.hidden = !looking;
    welcome.hidden = looking && !home.page.hidden;
    home.contacts.hidden = busy || !config.contacts?.length;
    form.hidden = looking || Boolean(chat.left);
    before.element.hidden = startButton.hidden = !asking;
    composer.attach.hidden = asking && before.leaving();
    again.hidden = !ended;
    if (done.hidden === Boolean(chat.left)) {
      done.hidden = !chat.left;
      another.focus(); // the form it was written in is gone
    }
    middle.classList.toggle("new", !busy);
    composer.text.placeholder = t(ended ? "writeAgain" : chat.session ? "write" : "message");
    composer.grow();
    showWelcome();
    showMessages();
    showTail();
    waiting.show();
    ending.show();
  }

  function showFace() {
    const { name = config.title, picture = "" } = chat.is.agent || {};
    const letter = name.slice(0, 1).toUpperCase();
    if (pictured === picture + letter) return;
    pictured = picture + letter;
    const onerror = () => say(face, letter);
    face.replaceChildren(picture ? h("img", { src: new URL(picture, api.origin), alt: " ", onerror }) : letter);
  }

  function showWelcome() {
    const back = before.back();
    const leaving = before.leaving();
    const away = config.open === false && !talking();
    say(hello, invitation?.text || config.greeting || t("greeting"));
    say(startButton, t(leaving ? "leave" : "start"));
    say(intro, chat.left ? "" : t(!leaving ? (away ? "nobodyWait" : "intro") : back ? "closed" : "nobody", { when: back }));
    say(banner, !navigator.onLine ? t("offline") : chat.session && !chat.connection.reachable ? t("reconnecting") : "");
  }

  /** Rows are only ever added in their place, so that a screen reader reads each once and nothing jumps. */
  function showMessages() {
    const { messages, session } = chat;
    if (shown !== session || !messages.length) log.replaceChildren();
    shown = session || "";
    log.hidden = !messages.length;
    messages.forEach((message, index) => {
      const row = /** @type {HTMLElement | undefined} */ (log.children[index]);
      if (row?.dataset.seq === String(message.seq)) return;
      log.insertBefore(messageRow(message, messages[index - 1], chat), row || null);
    });
  }

  /** What is not (yet) a message: words on their way, the state of the last ones, typing, a message that was left. */
  function showTail() {
    const state = lastState(chat);
    const rows = chat.outbox.map((item) => pendingRow(item, chat));
    tail.replaceChildren(h("div", "", ...rows, state && h("p", "state", state), chat.typing && typingRow(chat.typing)));
    say(thanks, t("left", { email: chat.left }));
  }

  /** The list is laid out from its end (`column-reverse`): it stays there while it grows, until the visitor scrolls up. */
  function toEnd() {
    scroll.scrollTop = 0;
  }

  const parts = [head, banner, middle];
  return { parts, composer, before, home, show, make, write, invited, focus, restore, toEnd };
}
