/**
 * What the server wrote into the script: looks and invitations of the widget named by `/widget.js?key=`; null without a
 * key. `chat/bundle.py` puts it here.
 * @typedef {{ id: string, text: string, page: string, after: number, visits: number }} Invitation `after` in seconds
 * @typedef {{ key: string, accent?: string, position?: string, launcher?: string, invitations?: Invitation[] }} Embedded
 */

export const EMBEDDED = /** @type {Embedded | null} */ (null);
