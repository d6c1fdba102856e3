/** What the server sends, as far as the widget reads it (docs/subsystems/chat-protocol.md). */

/**
 * @typedef {{ id: string, name: string, type: string, size: number }} Attachment
 * @typedef {object} Message
 * @property {number} seq
 * @property {number} prev the public message before it; 0 for the first
 * @property {string | null} id the client id of the visitor's own words
 * @property {{ kind: "visitor" | "agent" | "system", name: string }} author
 * @property {string} text
 * @property {string} at
 * @property {Attachment[]} attachments
 *
 * @typedef {object} Standing where the chat stands, as the server says it
 * @property {string} state waiting, active, ended; empty before the server was heard
 * @property {{ name: string, picture: string } | null} [agent]
 * @property {string} [ended_by]
 * @property {number} agent_seen how far the visitor's words got: before an agent's eyes
 * @property {number} agent_got and into an agent's console
 * @property {number} visitor_seen
 * @property {boolean} [email_given]
 * @property {boolean} [by_email] the visitor may leave and keeps the place in line
 * @property {{ position: number, minutes: [number, number] | null } | null} [queue]
 * @property {{ score: number } | null} [rating]
 * @property {boolean} [transcript_sent]
 */

/**
 * @typedef {{ key: string, label: string, kind: string, required: boolean, options: (string | [string, string])[] }} Question
 * @typedef {{ id: string, name: string, open: boolean, opens_at: string | null }} Department
 * @typedef {{ id: string, question: string, excerpt?: string }} Answer
 * @typedef {{ session: string, started_at: string, agent: string, excerpt: string }} Earlier
 *
 * @typedef {object} Config
 * @property {string} title
 * @property {string} greeting
 * @property {string} accent
 * @property {number} max_characters
 * @property {number} max_bytes of one file
 * @property {string} [position] left or right
 * @property {string} [launcher]
 * @property {string} [language]
 * @property {string} [dir]
 * @property {Record<string, string>} [words]
 * @property {boolean} [open]
 * @property {string | null} [opens_at]
 * @property {boolean} [leave] a message can be left
 * @property {Department[]} [departments]
 * @property {Question[]} [questions]
 * @property {{ text: string, url: string, version: string } | null} [terms]
 * @property {{ kind: string, label: string, value: string, href: string }[]} [contacts]
 * @property {Answer[]} [answers]
 * @property {boolean} [rating]
 * @property {boolean} [transcript]
 * @property {string} [asked] the language tag it was asked for with
 */
