import { h } from "./dom.js";

/** Line icons on a 24 by 24 grid, drawn for this widget. */

/** @type {Record<string, string>} */
const PATHS = {
  chat: "M3 5h18v13H11l-4 3v-3H3zM8 10h8M8 13h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12L20 4 15 20 11 13zM11 13L20 4",
  clip: "M20 11l-8 8a4 4 0 0 1-7-7l8-8a3 3 0 0 1 5 5l-8 8a1 1 0 0 1-2-2l7-7",
};

/**
 * @param {string} name
 * @returns {Element}
 */
export function icon(name) {
  return h("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: PATHS[name] }));
}
