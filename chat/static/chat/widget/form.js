import { h, input, link, problemLine, say } from "./dom.js";
import { t } from "./words.js";

/** What is asked before the chat: department, questions, and the tick under the terms. */

/**
 * @typedef {import("./frames.js").Question} Question
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field
 */

/** @param {Question} question */
function fieldOf({ key, kind, options }) {
  if (kind === "choice") {
    const rows = /** @type {[string, string][]} */ (options.map((one) => (typeof one === "string" ? [one, one] : one)));
    if (key !== "department") rows.unshift(["", t("choose")]);
    return h("select", { name: key }, ...rows.map(([value, label]) => new Option(label, value)));
  }
  if (kind === "long") return h("textarea", { class: "box", name: key, rows: 2, maxlength: 2000 });
  const autocomplete = key === "name" || key === "email" ? key : "off";
  return input({ name: key, type: kind, autocomplete, maxlength: kind === "email" ? 254 : 200 });
}

/** @typedef {ReturnType<typeof makeBefore>} Before */

/**
 * @param {import("./store.js").Store} store
 * @param {import("./frames.js").Config} config
 * @param {() => void} changed an answer is another now
 */
export function makeBefore(store, config, changed) {
  const onchange = () => {
    keep();
    changed();
  };
  const element = h("div", { class: "fields", onchange });
  const problem = problemLine();
  const agree = input({ type: "checkbox" });
  /** @type {Map<string, Field>} */
  const fields = new Map();

  /** Who would answer: the chosen department, else the brand. */
  function there() {
    return config.departments?.find((one) => one.id === value("department")) || config;
  }

  /** Nobody is there, and a message can be left. */
  function leaving() {
    return !there().open && Boolean(config.leave);
  }

  /** When somebody is there again, in the visitor's own time; empty when nobody knows. */
  function back() {
    const at = there().opens_at;
    return at ? new Date(at).toLocaleString(config.language, { weekday: "long", hour: "2-digit", minute: "2-digit" }) : "";
  }

  /** @param {string} key */
  function value(key) {
    return fields.get(key)?.value.trim() || "";
  }

  /** @param {string} key */
  function question(key) {
    return config.questions?.find((one) => one.key === key);
  }

  /** @param {string} key */
  function needs(key) {
    return (key === "email" && leaving()) || Boolean(question(key)?.required);
  }

  /** Other things are asked now. Answers stay. */
  function make() {
    const { departments = [], questions = [], terms } = config;
    const given = { ...store.get("answers"), ...answers() };
    const asked = [...questions];
    // Who leaves a message needs an address, asked for or not.
    if (!question("email")) asked.push({ key: "email", label: t("email"), kind: "email", required: false, options: [] });
    if (departments.length) {
      const names = departments.map((one) => [one.id, one.open ? one.name : `${one.name} (${t("closedNow")})`]);
      const options = /** @type {[string, string][]} */ ([["", t("anyDepartment")], ...names]);
      asked.unshift({ key: "department", label: t("department"), kind: "choice", required: true, options });
    }
    fields.clear();
    const rows = asked.map((one) => {
      const field = /** @type {Field} */ (fieldOf(one));
      fields.set(one.key, field);
      const optional = h("small", { hidden: one.required }, t("optional"));
      return h("label", { class: field.matches("input") ? "" : "whole" }, h("span", "", one.label, " ", optional), field);
    });
    if (terms) rows.push(h("label", "tick", agree, h("span", "", terms.text, " ", terms.url && link(terms.url, t("readTerms")))));
    agree.checked = false;
    element.replaceChildren(...rows, problem);
    fill(given);
  }

  function show() {
    const email = fields.get("email")?.closest("label");
    if (!email) return;
    email.hidden = !leaving() && !question("email");
    /** @type {HTMLElement} */ (email.querySelector("small")).hidden = needs("email");
  }

  /** @param {Record<string, string>} values by question */
  function fill(values) {
    for (const [key, field] of fields) if (values[key]) field.value = values[key];
    keep();
  }

  /** Answers outlive a reload. */
  function keep() {
    store.set("answers", answers());
  }

  /** What was asked about this matter is not for the next one; name and address are. */
  function empty() {
    for (const [key, field] of fields) if (key !== "name" && key !== "email") field.value = "";
    keep();
  }

  /** @returns {Record<string, string>} */
  function answers() {
    return Object.fromEntries([...fields.keys()].map((key) => [key, value(key)]));
  }

  /** @returns {boolean} whether all is answered; else the first gap is named and has the focus */
  function check() {
    for (const [key, field] of fields) {
      field.ariaInvalid = "false";
      if (needs(key) && !field.value.trim()) return refuse(key, t("missing"));
      if (!field.checkValidity()) return refuse(key, t("badEmail"));
    }
    if (config.terms && !agree.checked) return refuse("", t("agree"));
    say(problem, "");
    return true;
  }

  /**
   * @param {string} key
   * @param {string} why
   */
  function refuse(key, why) {
    const field = fields.get(key) || agree;
    say(problem, why);
    field.closest("label")?.append(problem);
    field.ariaInvalid = "true";
    field.focus();
    return false;
  }

  /** @param {string} invitation */
  function read(invitation) {
    const { name = "", email = "", department = "", ...others } = answers();
    return { name, email, department, answers: others, terms: config.terms?.version || "", invitation, leave: leaving() };
  }

  return { element, leaving, back, make, show, fill, empty, check, refuse, read };
}
