"""What an agent has to know and decide about the mail of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from agents.models import Agent
from console.views.snoozing import SnoozePreset, snooze_presets
from crm.selectors import email_of
from email_inbox.addresses import bounced_among
from email_inbox.handling import CHANNEL
from email_inbox.models import InboundEmail, OutboundEmail, Participant, ParticipantKind, PendingReply
from email_inbox.outgoing import waiting_forwards
from email_inbox.parsing import parse, split_quote
from email_inbox.pending import on_the_desk
from email_inbox.replying import everybody_else
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
    """`held`: the oldest MOST_HELD; the others follow as these are decided. `waiting`: answers that have not left.
    `forwards`: those that can still be taken back.
    `taken_back`: the reader's answer whose files could go along with the next."""

    held: list[Held]
    waiting: list[PendingReply]
    forwards: list[OutboundEmail]
    taken_back: PendingReply | None


@dataclass(frozen=True, slots=True)
class CopyFields:
    """What the composer offers beside the words: who is copied and who takes part, whom a reply to all would add, when
    it may leave, which addresses bounced."""

    cc: str
    people: list[Participant]
    others: str
    later: list[SnoozePreset]
    bounced: dict[str, str]


def mail_desk(ticket: Ticket, agent: Agent) -> MailDesk:
    held = [_held(mail) for mail in held_mails(ticket)[:MOST_HELD]]
    if ticket.channel != CHANNEL:
        return MailDesk(held, [], [], None)
    waits, kept = on_the_desk(agent, ticket)
    return MailDesk(held, waits, list(waiting_forwards(ticket)), kept)


def copies_of(ticket: Ticket) -> CopyFields | None:
    """None for what is not answered by email."""
    if ticket.channel != CHANNEL:
        return None
    people = list(Participant.objects.filter(ticket=ticket))
    cc = [person.address for person in people if person.kind == ParticipantKind.CC]
    others = everybody_else(ticket, cc)
    return CopyFields(
        cc=", ".join(cc),
        people=people,
        others=", ".join(others) if set(others) - set(cc) else "",
        later=snooze_presets(timezone.now()),
        bounced=bounced_among(filter(None, [email_of(ticket.customer), *cc])),
    )


def _held(mail: InboundEmail) -> Held:
    parsed = parse(mail.original)
    words = split_quote(parsed.text)[0].strip() or parsed.text.strip()
    if len(words) > SHOWN_CHARACTERS:
        words = words[:SHOWN_CHARACTERS].rstrip() + " …"
    return Held(mail, words, tuple(file.name for file in parsed.attachments))
