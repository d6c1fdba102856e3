/**
 * `window.ContactCentre`: what the site's own scripts may ask of the widget. Commands given before this script was there
 * stand in `q`, as [name, ...arguments].
 */

/** @param {Record<string, (...given: any[]) => any>} commands */
export function offer(commands) {
  const page = /** @type {any} */ (window);
  const earlier = page.ContactCentre?.q;
  const run = (/** @type {any[]} */ [name, ...given]) => commands[name]?.(...given);
  page.ContactCentre = { ...commands, q: { push: run } };
  if (Array.isArray(earlier)) earlier.forEach(run);
}
