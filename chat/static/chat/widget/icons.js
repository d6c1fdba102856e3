/** Line icons on a 24 by 24 grid, drawn for this widget. */

/** @type {Record<string, string>} */
const PATHS = {
  chat: "M4 5.5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8.5L7 21v-3.5H4a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1zM8 10h8M8 13.5h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4",
  clip: "M19.5 11.5l-7.8 7.8a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7-7",
};

/**
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const make = (/** @type {"svg"} */ tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const svg = make("svg");
  const path = make(/** @type {any} */ ("path"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name] || "");
  svg.append(path);
  return svg;
}
