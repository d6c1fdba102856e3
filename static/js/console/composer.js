// Writing. What is typed stays until the server has it: drafts are kept on the server, a failed sending changes nothing,
// and one id per message makes a double click or a repeated request harmless.
import { adoptFiles, clearFiles, filesOf } from "./files.js";
import { refreshConversation, seenSeq, toEnd } from "./conversation.js";
import { saveDraft, flushDraft } from "./drafts.js";

/** @typedef {HTMLFormElement & { dataset: DOMStringMap }} Composer */

const composer = () => /** @type {Composer | null} */ (document.querySelector("[data-composer]"));
const textOf = (/** @type {Composer} */ form) => /** @type {HTMLTextAreaElement} */ (form.querySelector("[data-text]"));
const newId = () => (crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`).replaceAll("-", "");

/** @param {Composer} form */
function grow(form) {
  const area = textOf(form);
  area.rows = 3;
  const line = parseFloat(getComputedStyle(area).lineHeight) || 20;
  area.rows = Math.max(3, Math.min(16, Math.ceil((area.scrollHeight - 16) / line)));
}

/** Switch between reply and note; each keeps its own words. @param {string} mode */
export function setMode(mode) {
  const form = composer();
  if (!form || form.dataset.mode === mode) return;
  const area = textOf(form);
  const other = /** @type {HTMLTextAreaElement} */ (form.querySelector("[data-draft-note]"));
  [area.value, other.value] = [other.value, area.value];
  form.dataset.mode = mode;
  form.action = (mode === "note" ? form.dataset.noteUrl : form.dataset.replyUrl) ?? form.action;
  area.placeholder = (mode === "note" ? area.dataset.placeholderNote : area.dataset.placeholderReply) ?? "";
  for (const tab of form.querySelectorAll("[data-mode-tab]")) {
    const chosen = tab.getAttribute("data-mode-tab") === mode;
    tab.setAttribute("aria-selected", String(chosen));
    tab.setAttribute("tabindex", chosen ? "0" : "-1");
    if (chosen) form.querySelector("#composer-box")?.setAttribute("aria-labelledby", tab.id);
  }
  for (const words of form.querySelectorAll("[data-target], [data-send-text]")) words.textContent = words.getAttribute(`data-${mode}`);
  form.querySelector("[data-send-menu]")?.toggleAttribute("hidden", mode === "note");
  for (const part of form.querySelectorAll("[data-reply-only]")) part.toggleAttribute("hidden", mode === "note");
  form.querySelector("[data-cannot-reply]")?.toggleAttribute("hidden", mode === "note");
  form.querySelector("[data-send]")?.toggleAttribute("disabled", mode === "reply" && form.dataset.canReply === "0");
  grow(form);
}

/** Put the cursor into the composer. @param {string} mode */
export function write(mode) {
  setMode(mode);
  const form = composer();
  if (form) textOf(form).focus();
}

/** @param {Composer} form @param {string} words */
function problem(form, words) {
  const box = form.querySelector("[data-problem]");
  const text = form.querySelector("[data-problem-text]");
  if (text) text.textContent = words;
  box?.toggleAttribute("hidden", !words);
  box?.classList.replace("alert--warn", "alert--error");
  form.querySelector("[data-send-anyway]")?.setAttribute("hidden", "");
}

/** What the server asks to look at again can be sent all the same, as it was chosen. @param {Composer} form @param {Choice} chosen @param {string} code */
function offerAnyway(form, chosen, code) {
  const button = form.querySelector("[data-send-anyway]");
  if (!(button instanceof HTMLButtonElement)) return;
  button.dataset.chosen = JSON.stringify(chosen);
  button.name = code;
  button.closest(".alert")?.classList.replace("alert--error", "alert--warn");
  button.hidden = false;
  button.focus();
}

/** @typedef {Record<string, string>} Choice What a button of the form says beside the words: a status, an hour. */

/** @param {Composer} form @param {Choice} chosen */
async function send(form, chosen) {
  if (form.hasAttribute("data-busy")) return;
  form.setAttribute("data-busy", "");
  problem(form, "");
  const body = new FormData(form);
  body.delete("files");
  body.set("seen", String(seenSeq()));
  filesOf(form).forEach((file) => body.append("files", file, file.name));
  if (form.dataset.mode === "reply") for (const [name, value] of Object.entries(chosen)) body.set(name, value);
  const sent = textOf(form).value;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.ok) posted(form, sent);
    else {
      const { code, message } = await reason(form, answer);
      problem(form, message);
      if (code === "arrived") {
        await refreshConversation();
        toEnd(); // shown now: the next sending says that it was seen
      }
      if (code === "confirm" || code === "arrived") offerAnyway(form, chosen, code);
    }
  } catch {
    problem(form, form.dataset.offline ?? "");
  } finally {
    form.removeAttribute("data-busy");
  }
}

/** @param {Composer} form @param {Response} answer */
async function reason(form, answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return { code: "", message: form.dataset.failed ?? "" };
  }
}

/** The server has it: what was sent leaves the box, what was typed since stays. @param {Composer} form @param {string} sent */
async function posted(form, sent) {
  const area = textOf(form);
  area.value = area.value === sent ? "" : area.value.slice(area.value.startsWith(sent) ? sent.length : 0);
  /** @type {HTMLInputElement} */ (form.elements.namedItem("client_id")).value = newId();
  const hidden = form.elements.namedItem("bcc");
  if (hidden instanceof HTMLInputElement) hidden.value = "";
  clearFiles(form);
  saveDraft(form);
  grow(form);
  if (form.isConnected) area.focus();
  await refreshConversation();
  toEnd();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-composer]")) return;
  event.preventDefault();
  form.querySelector("[data-send-menu]")?.removeAttribute("open");
  const button = event.submitter;
  const chosen = button instanceof HTMLButtonElement && button.name ? { ...JSON.parse(button.dataset.chosen ?? "{}"), [button.name]: button.value } : {};
  send(/** @type {Composer} */ (form), chosen);
});
document.addEventListener("input", (event) => {
  const form = composer();
  if (!form || event.target !== textOf(form)) return;
  grow(form);
  saveDraft(form);
});
document.addEventListener("click", (event) => {
  const tab = event.target instanceof Element ? event.target.closest("[data-mode-tab]") : null;
  if (tab) write(tab.getAttribute("data-mode-tab") ?? "reply");
});
document.addEventListener("keydown", (event) => {
  const form = composer();
  if (!form) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === textOf(form)) {
    event.preventDefault();
    const button = form.querySelector("[data-send]");
    if (button instanceof HTMLButtonElement && !button.disabled) form.requestSubmit(button);
  } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && event.target instanceof Element && event.target.matches("[data-mode-tab]")) {
    setMode(form.dataset.mode === "reply" ? "note" : "reply");
    /** @type {HTMLElement | null} */ (form.querySelector('[data-mode-tab][aria-selected="true"]'))?.focus();
  }
});
document.addEventListener("htmx:before:request", (event) => {
  const form = composer();
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (form && ctx.target?.id === "workspace") flushDraft(form);
});
document.addEventListener("htmx:after:swap", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.target?.id === "workspace") start();
});
window.addEventListener("pagehide", () => {
  const form = composer();
  if (form) flushDraft(form);
});

function start() {
  const form = composer();
  if (!form) return;
  adoptFiles(form);
  grow(form);
  const note = /** @type {HTMLTextAreaElement | null} */ (form.querySelector("[data-draft-note]"));
  if (!textOf(form).value && (note?.value || form.dataset.canReply === "0")) setMode("note");
}
start();
