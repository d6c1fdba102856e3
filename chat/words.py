"""Every sentence of the widget, by name; the catalogues in locale/ hold the translations.

They travel with the widget's configuration, so that a page loads one language and only when the chat is opened.
`{n}`, `{name}` and the like are filled in by the widget. Only what stands on the page before the chat was ever opened
is in the script itself (static/chat/widget/words.js).
"""

from __future__ import annotations

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

EMOJI = "😀😂😊😉😍🤔😅😢😡👍👎👋🙏👏💪🎉🔥✅❌❓❤⭐🚀☕"
"""What the picker offers, one sign each."""


def words(language: str | None = None) -> dict[str, str]:
    """The sentences in `language`, else in the active one."""
    with override(language or get_language()):
        return _frame() | _before() | _answers() | _talk() | _line() | _after() | _trouble()


def _frame() -> dict[str, str]:
    return {
        "title": _("Chat with us"),
        "greeting": _("Hello! How can we help?"),
        "intro": _("Write to us here. You can close this window or leave the page: your conversation stays."),
        "close": _("Close"),
        "back": _("Back"),
        "menu": _("Options"),
        "sound": _("Sound for new messages"),
        "flash": _("New messages in the page's title"),
        "us": _("Support"),
        "you": _("You"),
        "unread": _("{n} new"),
        "newMessage": _("New message"),
    }


def _before() -> dict[str, str]:
    return {
        "writeToUs": _("Write to us"),
        "optional": _("optional"),
        "department": _("Who should answer?"),
        "anyDepartment": _("Anybody"),
        "closedNow": _("closed now"),
        "choose": _("Please choose"),
        "message": _("Your message"),
        "start": _("Start the chat"),
        "leave": _("Leave a message"),
        "nobody": _("Nobody is here right now. Leave a message and we answer by email."),
        "closed": _("We are back {when}. Leave a message and we answer by email."),
        "nobodyWait": _("Nobody is here right now. Write to us: the answer will be here when you come back."),
        "left": _("Thank you. We have your message and will answer to {email}."),
        "another": _("Write another message"),
        "readTerms": _("Read them"),
        "contacts": _("Other ways to reach us"),
        "earlier": _("Earlier chats"),
        "readOnly": _("This is an earlier chat."),
    }


def _answers() -> dict[str, str]:
    return {
        "search": _("Search for an answer"),
        "topAnswers": _("Often asked"),
        "noAnswers": _("Nothing was found. Write to us and we will answer."),
        "helped": _("Did this help?"),
        "yes": _("Yes"),
        "no": _("No"),
        "thanks": _("Thank you, that is good to know."),
        "sorry": _("Thank you. Write to us and we will help."),
    }


def _talk() -> dict[str, str]:
    return {
        "write": _("Write a message"),
        "writeAgain": _("Write again to carry on"),
        "send": _("Send"),
        "attach": _("Attach files"),
        "emoji": _("Emoji"),
        "emojis": EMOJI,
        "remove": _("Remove {name}"),
        "download": _("Download {name}"),
        "image": _("Image {name}"),
        "end": _("End chat"),
        "typing": _("{name} is typing"),
        "sending": _("Sending"),
        "kept": _("Kept. Will be sent"),
        "sent": _("Sent"),
        "delivered": _("Delivered"),
        "seen": _("Seen"),
    }


def _line() -> dict[str, str]:
    return {
        "waiting": _("We have your message. Somebody will be with you."),
        "waitingShort": _("Waiting for somebody to join"),
        "next": _("You are next in line."),
        "place": _("You are number {n} in line."),
        "minutes": _("Usually {low} to {high} minutes."),
        "minutesUpTo": _("Usually less than {high} min."),
        "keepPlace": _("Keep my place"),
        "keepPlaceWhy": _("No time to wait? Your place in line stays, and the answer also comes by email."),
        "keptPlace": _("You keep your place. If you are not here, the answer comes by email."),
        "email": _("Email"),
    }


def _after() -> dict[str, str]:
    return {
        "ended_visitor": _("You ended the chat."),
        "ended_agent": _("{name} ended the chat."),
        "ended_system": _("The chat ended because nobody wrote any more."),
        "ended": _("The chat has ended."),
        "again": _("Start a new chat"),
        "rate": _("How was it?"),
        "rateScore": _("{n} of 5"),
        "rateComment": _("What could be better?"),
        "rateSend": _("Send rating"),
        "rated": _("Thank you for your rating."),
        "transcript": _("Send me the chat by email"),
        "transcriptSent": _("It is on its way to you."),
    }


def _trouble() -> dict[str, str]:
    return {
        "failed": _("Not sent"),
        "retry": _("Try again"),
        "discard": _("Remove"),
        "offline": _("You are offline. What you write is kept and sent when you are back."),
        "reconnecting": _("Connecting again. What you write is kept."),
        "tooLong": _("{n} characters too many. The limit is {max}."),
        "fileTooLarge": _("{name} is larger than {max}. It was not attached."),
        "fileAgain": _("The page was reloaded before the file was sent. Please attach it again."),
        "tooMany": _("At most {n} files at once."),
        "badEmail": _("Please check the email address."),
        "missing": _("Please answer this."),
        "agree": _("Please agree to the terms first."),
    }
