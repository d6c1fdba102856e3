/** What the widget says, by language. A language without a sentence falls back to English. */

/** @type {Record<string, Record<string, string>>} */
const STRINGS = {
  en: {
    launcher: "Open chat",
    launcherClose: "Close chat",
    unread: "{n} new",
    title: "Chat with us",
    greeting: "Hello! How can we help?",
    intro: "Write to us here. You can close this window or leave the page: your conversation stays.",
    name: "Name",
    email: "Email",
    optional: "optional",
    message: "Your message",
    start: "Send message",
    write: "Write a message",
    writeAgain: "Write again to carry on",
    send: "Send",
    attach: "Attach files",
    close: "Close",
    end: "End chat",
    endAsk: "End this chat?",
    endYes: "End chat",
    endNo: "Keep chatting",
    again: "Start a new chat",
    waiting: "We have your message. Somebody will be with you shortly.",
    waitingShort: "Waiting for somebody to join",
    joined: "{name} is here",
    endedYou: "You ended the chat.",
    endedAgent: "{name} ended the chat.",
    ended: "The chat has ended.",
    us: "Support",
    you: "You",
    typing: "{name} is typing",
    sending: "Sending",
    kept: "Kept. Will be sent",
    sent: "Sent",
    seen: "Seen",
    failed: "Not sent",
    retry: "Try again",
    discard: "Remove",
    offline: "You are offline. What you write is kept and sent when you are back.",
    reconnecting: "Connecting again. What you write is kept.",
    tooLong: "{n} characters too many. The limit is {max}.",
    left: "{n} characters left",
    fileTooLarge: "{name} is larger than {max}. It was not attached.",
    fileAgain: "The page was reloaded before the file was sent. Please attach it again.",
    tooMany: "At most {n} files at once.",
    remove: "Remove {name}",
    download: "Download {name}",
    image: "Image {name}",
    leaveEmail: "Leave an email address",
    leaveEmailWhy: "So that we know how to reach you if you have to go.",
    save: "Save",
    saved: "Thank you. We know how to reach you if you have to go.",
    badEmail: "Please check the email address.",
    unavailable: "The chat cannot be reached at the moment. Please try again in a little while.",
    notHere: "The chat is not set up for this web site.",
    today: "Today",
    yesterday: "Yesterday",
    drop: "Drop files to attach them",
  },
};

/** @type {string} */
let language = "en";

/** @param {string} wanted a BCP 47 tag, such as "el" or "zh-Hans" */
export function chooseLanguage(wanted) {
  const tag = wanted.toLowerCase();
  language = Object.keys(STRINGS).find((known) => tag === known.toLowerCase() || tag.startsWith(known + "-")) || "en";
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values] for the {places}
 * @returns {string}
 */
export function t(name, values = {}) {
  const sentence = STRINGS[language]?.[name] || STRINGS.en?.[name] || name;
  return sentence.replace(/\{(\w+)\}/g, (_, place) => String(values[place] ?? ""));
}
