// Ready answers: "/" at the beginning of a word opens the list, arrows choose, enter puts the answer in its place.
import { announce, toast } from "../toasts.js";

const PAUSE_MS = 150;
const TRIGGER = /(^|\s)\/([^\n/]{0,40})$/;

/** @type {number | undefined} */
let timer;
/** The search that the list belongs to, null when none is awaited; an answer to an older one is dropped. @type {string | null} */
let wanted = null;
/** What the list shows: the same again is not put anew, a press that has begun on an option would be lost. */
let shown = "";

const form = () => /** @type {HTMLFormElement | null} */ (document.querySelector("[data-composer]"));
const area = () => /** @type {HTMLTextAreaElement | null} */ (form()?.querySelector("[data-text]") ?? null);
const list = () => /** @type {HTMLElement | null} */ (form()?.querySelector("[data-ready-list]") ?? null);
const options = () => /** @type {HTMLElement[]} */ ([...(list()?.querySelectorAll("[data-ready]") ?? [])]);
const isOpen = () => Boolean(list() && !list()?.hidden);

/** What was typed since the "/", or null when the cursor is not behind one. @param {HTMLTextAreaElement} box */
function typed(box) {
  if (box.selectionStart !== box.selectionEnd) return null;
  return TRIGGER.exec(box.value.slice(0, box.selectionStart))?.[2] ?? null;
}

function close() {
  clearTimeout(timer);
  wanted = null;
  const box = list();
  if (box) box.hidden = true;
  area()?.removeAttribute("aria-activedescendant");
}

/** @param {string} search */
async function look(search) {
  wanted = search;
  const url = form()?.dataset.readyUrl;
  if (!url) return;
  try {
    const answer = await fetch(`${url}?${new URLSearchParams({ q: search })}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (wanted === search && area() && typed(/** @type {HTMLTextAreaElement} */ (area())) === search) open(html);
  } catch {
    if (wanted === search) close(); // the slash stays as it was typed; a newer search goes on
  }
}

/** @param {string} html a fragment of ours */
function open(html) {
  const box = list();
  if (!box) return;
  if (html !== shown || !box.childElementCount) box.innerHTML = html;
  shown = html;
  const found = options();
  box.hidden = !found.length;
  if (!found.length) return close();
  choose(0);
  announce((box.dataset.found ?? "").replace("{n}", String(found.length)));
}

const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

/** @param {number} index */
function choose(index) {
  const all = options();
  const at = (index + all.length) % all.length;
  all.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
  all[at]?.scrollIntoView({ block: "nearest" });
  area()?.setAttribute("aria-activedescendant", all[at]?.id ?? "");
}

/** Put the answer in the place of what was typed. @param {HTMLElement | undefined} option */
async function put(option) {
  const box = area();
  const composer = form();
  if (!box || !composer || !option) return;
  const search = typed(box);
  const end = box.selectionStart;
  close();
  const token = /** @type {HTMLInputElement} */ (composer.elements.namedItem("csrfmiddlewaretoken")).value;
  try {
    const answer = await fetch(`${composer.dataset.readyUrl}${option.dataset.ready}/`, { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token }), headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { text } = await answer.json();
    if (!box.isConnected) return; // another conversation is open by now
    const slash = search === null ? -1 : box.value.lastIndexOf(`/${search}`, end); // typing went on meanwhile
    box.focus();
    if (slash < 0) box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    else box.setRangeText(text, slash, slash + `/${search}`.length, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  } catch {
    toast(document.body.dataset.failed ?? "");
  }
}

document.addEventListener("input", (event) => {
  const box = area();
  if (!box || event.target !== box) return;
  const search = typed(box);
  clearTimeout(timer);
  if (search === null) close();
  else timer = setTimeout(() => look(search), PAUSE_MS);
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!isOpen() || event.target !== area() || event.isComposing) return;
    const act = {
      ArrowDown: () => choose(chosen() + 1),
      ArrowUp: () => choose(chosen() - 1),
      Enter: () => put(options()[chosen()]),
      Tab: () => put(options()[chosen()]),
      Escape: close,
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  },
  true,
);

document.addEventListener("mousedown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-ready-list]")) event.preventDefault(); // the cursor stays where the answer goes
});
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const option = target?.closest("[data-ready]");
  if (option instanceof HTMLElement) put(option);
  else if (target?.closest("[data-ready-open]")) begin();
  else if (isOpen() && target !== area()) close();
});

/** The button: as if "/" had been typed. */
function begin() {
  const box = area();
  if (!box) return;
  box.focus();
  const before = box.value.slice(0, box.selectionStart);
  box.setRangeText(/\S$/.test(before) ? " /" : "/", box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
