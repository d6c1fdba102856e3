"""What an agent has to know and decide about the mail of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from email_inbox.models import InboundEmail
from email_inbox.parsing import parse, split_quote
from email_inbox.strangers import held_mails
from tickets.models import Ticket

MOST_HELD = 5
SHOWN_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Held:
    """A stranger's mail that waits for a decision, with its words and the names of its files."""

    mail: InboundEmail
    text: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailDesk:
    held: list[Held]
    """The oldest MOST_HELD; the others follow as these are decided."""


def mail_desk(ticket: Ticket) -> MailDesk:
    return MailDesk(held=[_held(mail) for mail in held_mails(ticket)[:MOST_HELD]])


def _held(mail: InboundEmail) -> Held:
    parsed = parse(mail.original)
    words = split_quote(parsed.text)[0].strip() or parsed.text.strip()
    if len(words) > SHOWN_CHARACTERS:
        words = words[:SHOWN_CHARACTERS].rstrip() + " …"
    return Held(mail, words, tuple(file.name for file in parsed.attachments))
