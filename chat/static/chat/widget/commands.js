/**
 * `window.ContactCentre`: what the site's own scripts may ask of the widget. It is there as soon as the script has run;
 * what is asked before the widget stands on the page, or before the script was there (`q`, as [name, ...arguments]),
 * is done once it stands.
 */

const NAMES = ["open", "close", "identify", "forget", "prefill", "onMessage"];
const page = /** @type {any} */ (window);
/** @type {any[][]} */
const asked = Array.isArray(page.ContactCentre?.q) ? page.ContactCentre.q : [];
/** @type {Record<string, (...given: any[]) => any> | undefined} */
let commands;

page.ContactCentre = { q: { push: run } };
for (const name of NAMES) page.ContactCentre[name] = (/** @type {any[]} */ ...given) => run([name, ...given]);

/** @param {any[]} command */
function run(command) {
  const [name, ...given] = command;
  if (commands) commands[name]?.(...given);
  else asked.push(command);
}

/** @param {Record<string, (...given: any[]) => any>} able */
export function obey(able) {
  commands = able;
  asked.splice(0).forEach(run);
}
