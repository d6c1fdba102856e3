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

export class Before {
  element = h("div", {
    class: "fields",
    onchange: () => {
      this.keep();
      this.changed();
    },
  });
  problem = problemLine();
  agree = input({ type: "checkbox" });
  /** @type {Map<string, Field>} */
  fields = new Map();

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./frames.js").Config} config
   * @param {() => void} changed an answer is another now
   */
  constructor(store, config, changed) {
    this.store = store;
    this.config = config;
    this.changed = changed;
  }

  /** Who would answer: the chosen department, else the brand. */
  get there() {
    return this.config.departments?.find((one) => one.id === this.value("department")) || this.config;
  }

  /** Nobody is there, and a message can be left. */
  get leaving() {
    return !this.there.open && Boolean(this.config.leave);
  }

  /** When somebody is there again, in the visitor's own time; empty when nobody knows. */
  get back() {
    const at = this.there.opens_at;
    return at ? new Date(at).toLocaleString(this.config.language, { weekday: "long", hour: "2-digit", minute: "2-digit" }) : "";
  }

  /** @param {string} key */
  value(key) {
    return this.fields.get(key)?.value.trim() || "";
  }

  /** @param {string} key */
  question(key) {
    return this.config.questions?.find((one) => one.key === key);
  }

  /** @param {string} key */
  needs(key) {
    return (key === "email" && this.leaving) || Boolean(this.question(key)?.required);
  }

  /** Other things are asked now. Answers stay. */
  make() {
    const { departments = [], questions = [], terms } = this.config;
    const given = { ...this.store.get("answers"), ...this.answers() };
    const asked = [...questions];
    // Who leaves a message needs an address, asked for or not.
    if (!this.question("email")) asked.push({ key: "email", label: t("email"), kind: "email", required: false, options: [] });
    if (departments.length) {
      const names = departments.map((one) => [one.id, one.open ? one.name : `${one.name} (${t("closedNow")})`]);
      const options = /** @type {[string, string][]} */ ([["", t("anyDepartment")], ...names]);
      asked.unshift({ key: "department", label: t("department"), kind: "choice", required: true, options });
    }
    this.fields.clear();
    const rows = asked.map((one) => {
      const field = /** @type {Field} */ (fieldOf(one));
      this.fields.set(one.key, field);
      const optional = h("small", { hidden: one.required }, t("optional"));
      return h("label", { class: field.matches("input") ? "" : "whole" }, h("span", "", one.label, " ", optional), field);
    });
    if (terms) rows.push(h("label", "tick", this.agree, h("span", "", terms.text, " ", terms.url && link(terms.url, t("readTerms")))));
    this.agree.checked = false;
    this.element.replaceChildren(...rows, this.problem);
    this.fill(given);
  }

  show() {
    const email = this.fields.get("email")?.closest("label");
    if (!email) return;
    email.hidden = !this.leaving && !this.question("email");
    /** @type {HTMLElement} */ (email.querySelector("small")).hidden = this.needs("email");
  }

  /** @param {Record<string, string>} values by question */
  fill(values) {
    for (const [key, field] of this.fields) if (values[key]) field.value = values[key];
    this.keep();
  }

  /** Answers outlive a reload. */
  keep() {
    this.store.set("answers", this.answers());
  }

  /** What was asked about this matter is not for the next one; name and address are. */
  empty() {
    for (const [key, field] of this.fields) if (key !== "name" && key !== "email") field.value = "";
    this.keep();
  }

  /** @returns {Record<string, string>} */
  answers() {
    return Object.fromEntries([...this.fields.keys()].map((key) => [key, this.value(key)]));
  }

  /** @returns {boolean} whether all is answered; else the first gap is named and has the focus */
  check() {
    for (const [key, field] of this.fields) {
      field.ariaInvalid = "false";
      if (this.needs(key) && !field.value.trim()) return this.refuse(key, t("missing"));
      if (!field.checkValidity()) return this.refuse(key, t("badEmail"));
    }
    if (this.config.terms && !this.agree.checked) return this.refuse("", t("agree"));
    say(this.problem, "");
    return true;
  }

  /**
   * @param {string} key
   * @param {string} why
   */
  refuse(key, why) {
    const field = this.fields.get(key) || this.agree;
    say(this.problem, why);
    field.closest("label")?.append(this.problem);
    field.ariaInvalid = "true";
    field.focus();
    return false;
  }

  /** @param {string} invitation */
  read(invitation) {
    const { name = "", email = "", department = "", ...answers } = this.answers();
    return { name, email, department, answers, terms: this.config.terms?.version || "", invitation, leave: this.leaving };
  }
}
