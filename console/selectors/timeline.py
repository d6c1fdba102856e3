"""A conversation as a reader sees it: messages and history lines in order, with day separators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone

from agents.models import Agent
from email_inbox.models import InboundEmail
from email_inbox.parsing import split_quote
from tickets.models import (
    Attachment,
    Direction,
    Draft,
    DraftKind,
    Message,
    Ticket,
    TicketEvent,
    TicketRead,
)

WINDOW = 100
SAME_BREATH = timedelta(minutes=5)
DELIVERY_WATCHED = 10


@dataclass(slots=True)
class Entry:
    """One line of the timeline: exactly one of `message` and `event` is set.

    `starts_day`: a day separator stands before it. `starts_new`: the "new since you looked" line stands before it.
    `continues`: the same person just spoke, so the name is not repeated.
    """

    at: datetime
    message: Message | None = None
    event: TicketEvent | None = None
    fresh: str = ""
    quoted: str = ""
    starts_day: bool = False
    starts_new: bool = False
    continues: bool = False


@dataclass(slots=True)
class Timeline:
    """Entries with the marks from which a client asks for what comes later or earlier."""

    entries: list[Entry] = field(default_factory=list)
    last_seq: int = 0
    last_event: int = 0
    first_seq: int = 0
    earlier: int = 0


def latest(ticket: Ticket, agent: Agent) -> Timeline:
    """The last WINDOW messages with the history between them."""
    read_seq = TicketRead.objects.filter(agent=agent, ticket=ticket).values_list("seq", flat=True).first() or 0
    messages = _window(ticket)
    first_seq = messages[0].seq if messages else 0
    events = ticket.history.select_related("agent").order_by("id")
    if first_seq > 1:
        events = events.filter(after_seq__gte=first_seq)
    return _timeline(messages, list(events), read_seq=read_seq, agent=agent)


def before(ticket: Ticket, agent: Agent, seq: int) -> Timeline:
    """The WINDOW messages before number `seq`."""
    messages = _window(ticket, below=seq)
    if not messages:
        return Timeline()
    low = messages[0].seq if messages[0].seq > 1 else 0
    events = ticket.history.select_related("agent").filter(after_seq__gte=low, after_seq__lt=seq).order_by("id")
    return _timeline(messages, list(events), agent=agent)


def since(ticket: Ticket, agent: Agent, seq: int, event: int) -> Timeline:
    """What came after message number `seq` and history line `event`: at most WINDOW messages."""
    messages = list(_messages(ticket).filter(seq__gt=seq).order_by("seq")[:WINDOW])
    events = list(ticket.history.select_related("agent").filter(pk__gt=event).order_by("id")[: WINDOW * 2])
    last = Message.objects.filter(ticket=ticket, seq__lte=seq).order_by("-seq").values_list("created_at").first()
    found = _timeline(messages, events, agent=agent, previous=last[0] if last else None)
    found.last_seq, found.last_event = max(found.last_seq, seq), max(found.last_event, event)
    return found


def said_in(ticket: Ticket) -> Timeline:
    """The last WINDOW messages without the history: for reading along in another conversation."""
    return _timeline(_window(ticket), [])


def watched_deliveries(ticket: Ticket) -> list[Message]:
    """The newest messages to the customer, whose delivery may still change."""
    sent = Message.objects.filter(ticket=ticket, direction=Direction.OUTBOUND).order_by("-seq")
    return list(sent.only("public_id", "seq", "delivery", "delivery_error", "ticket_id")[:DELIVERY_WATCHED])


def drafts(ticket: Ticket, agent: Agent) -> dict[str, str]:
    """What `agent` has begun to write, by kind; a kind without a draft has empty words."""
    found = dict(Draft.objects.filter(agent=agent, ticket=ticket).values_list("kind", "text"))
    return {str(kind): found.get(kind, "") for kind in DraftKind.values}


def _window(ticket: Ticket, below: int | None = None) -> list[Message]:
    messages = _messages(ticket)
    if below is not None:
        messages = messages.filter(seq__lt=below)
    return list(messages.order_by("-seq")[:WINDOW])[::-1]


def _messages(ticket: Ticket) -> QuerySet[Message]:
    files = Prefetch("attachments", queryset=Attachment.objects.order_by("pk"))
    mails = InboundEmail.objects.filter(message=OuterRef("pk")).order_by("pk")
    return (
        Message.objects.filter(ticket=ticket)
        .annotate(verdict=Subquery(mails.values("verdict")[:1]))
        .select_related("agent", "customer", "outbound_email")
        .prefetch_related(files)
    )


def _timeline(
    messages: Sequence[Message],
    events: Sequence[TicketEvent],
    *,
    agent: Agent | None = None,
    read_seq: int = 0,
    previous: datetime | None = None,
) -> Timeline:
    entries = _in_order(messages, events)
    _mark_days(entries, previous)
    _mark_continuations(entries)
    if read_seq and agent is not None:
        _mark_new(entries, read_seq, agent)
    first = messages[0].seq if messages else 0
    return Timeline(
        entries=entries,
        last_seq=messages[-1].seq if messages else 0,
        last_event=max((event.pk for event in events), default=0),
        first_seq=first,
        earlier=max(0, first - 1),
    )


def _in_order(messages: Sequence[Message], events: Sequence[TicketEvent]) -> list[Entry]:
    """History lines stand after the message that was the newest when they happened."""
    keyed = [((message.seq, 0, 0), _message_entry(message)) for message in messages]
    keyed += [((event.after_seq, 1, event.pk), Entry(at=event.created_at, event=event)) for event in events]
    return [entry for _key, entry in sorted(keyed, key=lambda pair: pair[0])]


def _message_entry(message: Message) -> Entry:
    fresh, quoted = split_quote(message.text) if message.channel == "email" else (message.text, "")
    if not fresh.strip():
        fresh, quoted = message.text, ""  # nothing but a quote: folded it would look empty
    return Entry(at=message.created_at, message=message, fresh=fresh.rstrip(), quoted=quoted.strip("\n"))


def _mark_days(entries: list[Entry], previous: datetime | None) -> None:
    day: date | None = timezone.localtime(previous).date() if previous else None
    for entry in entries:
        today = timezone.localtime(entry.at).date()
        entry.starts_day = today != day
        day = today


def _mark_continuations(entries: list[Entry]) -> None:
    last: Message | None = None
    for entry in entries:
        message = entry.message
        if message is None or entry.starts_day:
            last = message
            continue
        entry.continues = (
            last is not None
            and (last.author_kind, last.agent_id, last.customer_id, last.visibility, last.channel)
            == (message.author_kind, message.agent_id, message.customer_id, message.visibility, message.channel)
            and message.created_at - last.created_at < SAME_BREATH
        )
        last = message


def _mark_new(entries: list[Entry], read_seq: int, agent: Agent) -> None:
    for entry in entries:
        if entry.message and entry.message.seq > read_seq and entry.message.agent_id != agent.pk:
            entry.starts_new = True
            return
