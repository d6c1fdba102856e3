"""Saying something: customers' messages, replies, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from agents.models import Agent, Brand, Team
from core.events import publish, publish_all
from core.text import check_length, clean_line, excerpt
from crm.models import Customer
from tickets.actions.transitions import apply_status
from tickets.channels import get_channel
from tickets.content import NewMessage, check_attachment_sizes, store_attachments
from tickets.events import MessagePosted, TicketChanged, TicketOpened
from tickets.history import record, record_of
from tickets.locking import lock_ticket
from tickets.models import (
    AuthorKind,
    Delivery,
    Direction,
    Draft,
    DraftKind,
    EventKind,
    Message,
    Status,
    Ticket,
    Visibility,
)
from tickets.sla import answer_first_response, start_first_response

NOTE_LIMIT = 100_000
REOPENING = (Status.PENDING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED)


def open_ticket(
    *,
    customer: Customer,
    brand: Brand,
    channel: str,
    subject: str,
    message: NewMessage,
    team: Team | None = None,
    language: str = "",
    by: Agent | None = None,
    now: datetime | None = None,
) -> tuple[Ticket, Message]:
    """Open a ticket with the customer's first message. Publishes TicketOpened and MessagePosted.

    `by` is the agent who entered it in the customer's name, for the history.
    """
    now = now or timezone.now()
    message = message.cleaned()
    ticket = Ticket(
        customer=customer,
        brand=brand,
        channel=channel,
        subject=clean_line(subject, 300),
        team=team,
        language=clean_line(language, 16),
        created_at=now,
    )
    first = _inbound_message(ticket, customer.pk, channel, message, now)
    with transaction.atomic():
        # With all that its first message changes on it: an UPDATE afterwards would write the row and its indexes again.
        ticket.save(force_insert=True)
        record_of(ticket.pk, 0, EventKind.OPENED, by or customer, at=now, channel=channel)
        start_first_response(ticket, now)
        publish(TicketOpened(ticket_id=ticket.pk, brand_id=ticket.brand_id))
        _save_inbound(first, message, customer)
    return ticket, first


def post_customer_message(
    ticket_id: int,
    *,
    customer: Customer,
    channel: str,
    message: NewMessage,
    now: datetime | None = None,
) -> Message:
    """Add the customer's message; a waiting, solved or closed ticket opens again. Publishes MessagePosted.

    Idempotent by `message.client_id`. Length limits are the channel's business at its edge: what arrives here is kept.
    """
    now = now or timezone.now()
    message = message.cleaned()
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        while ticket.merged_into_id is not None:  # merged while the words were on their way
            ticket = lock_ticket(ticket.merged_into_id)
        twin = _twin(ticket, message)
        return twin or _post_inbound(ticket, customer, channel, message, now)


@dataclass(frozen=True, slots=True)
class Inbound:
    """A customer's cleaned message without files, and its ticket under the caller's lock."""

    ticket: Ticket
    message: NewMessage


def post_customer_messages(inbound: Sequence[Inbound], *, channel: str, now: datetime) -> list[Message]:
    """Add the messages of many customers at once, each as `post_customer_message` adds one. Publishes MessagePosted.

    The caller holds the tickets' row locks (`lock_tickets`: one object per ticket) in the surrounding transaction. The
    number of statements does not depend on the number of messages, as long as no ticket has to be opened again.
    """
    known = _twins(inbound)
    posted: list[Message] = []
    new: list[Message] = []
    for one in inbound:
        key = (one.ticket.pk, one.message.client_id)
        message = known.get(key)
        if message is None:
            message = _inbound_message(one.ticket, one.ticket.customer_id, channel, one.message, now)
            new.append(message)
            if one.message.client_id is not None:
                known[key] = message
        posted.append(message)
    _write_together(new, now)
    return posted


def post_reply(
    agent: Agent,
    ticket_id: int,
    message: NewMessage,
    *,
    status: str = "",
    now: datetime | None = None,
) -> Message:
    """Answer the customer through the ticket's channel, then set `status` if given. Idempotent by `client_id`.

    An unassigned ticket becomes the answering agent's. Raises Invalid (empty, unknown status), TooLarge,
    AppError from the channel when no reply can leave. Publishes MessagePosted and TicketChanged.
    """
    now = now or timezone.now()
    message = message.cleaned()
    message.check_not_empty()
    check_attachment_sizes(message.attachments)
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        if twin := _twin(ticket, message):
            return twin
        channel = get_channel(ticket.channel)
        check_length(message.text, channel.max_characters)
        channel.recipient(ticket)  # it says why when no reply can leave
        posted = _append(
            ticket,
            message,
            now,
            channel=ticket.channel,
            direction=Direction.OUTBOUND,
            visibility=Visibility.PUBLIC,
            author_kind=AuthorKind.AGENT,
            agent=agent,
            delivery=Delivery.QUEUED,
        )
        _after_reply(ticket, agent, now, status)
        Draft.objects.filter(agent=agent, ticket=ticket, kind=DraftKind.REPLY).delete()
        channel.enqueue(posted)
    return posted


def post_note(agent: Agent, ticket_id: int, message: NewMessage, *, now: datetime | None = None) -> Message:
    """Add a private note, which never leaves the house. Raises Invalid, TooLarge. Publishes MessagePosted."""
    now = now or timezone.now()
    message = message.cleaned()
    message.check_not_empty()
    check_length(message.text, NOTE_LIMIT)
    check_attachment_sizes(message.attachments)
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        if twin := _twin(ticket, message):
            return twin
        posted = _append(
            ticket,
            message,
            now,
            channel=ticket.channel,
            direction=Direction.INTERNAL,
            visibility=Visibility.PRIVATE,
            author_kind=AuthorKind.AGENT,
            agent=agent,
        )
        Draft.objects.filter(agent=agent, ticket=ticket, kind=DraftKind.NOTE).delete()
    return posted


def post_system_message(ticket_id: int, text: str, *, channel: str, now: datetime | None = None) -> Message:
    """Add a public line of the house itself ("You are now talking with Leo"). It is nobody's answer: no clock stops,
    and the customer goes on waiting if they were. Publishes MessagePosted."""
    now = now or timezone.now()
    with transaction.atomic():
        return _append(
            lock_ticket(ticket_id),
            NewMessage(text).cleaned(),
            now,
            channel=channel,
            direction=Direction.OUTBOUND,
            visibility=Visibility.PUBLIC,
            author_kind=AuthorKind.SYSTEM,
            delivery=Delivery.SENT,
        )


def _twin(ticket: Ticket, message: NewMessage) -> Message | None:
    """The message already posted under the same client id. The row lock makes look-then-write safe here;
    the UNIQUE constraint stands behind it."""
    if message.client_id is None:
        return None
    return Message.objects.filter(ticket=ticket, client_id=message.client_id).first()


def _twins(inbound: Sequence[Inbound]) -> dict[tuple[int, str | None], Message]:
    """As `_twin`, for many. By pairs: two lists with IN would look up every combination."""
    tickets = [one.ticket.pk for one in inbound]
    ids = [one.message.client_id for one in inbound]
    found = Message.objects.raw(
        "SELECT m.* FROM unnest(%s::bigint[], %s::text[]) AS known (ticket_id, client_id)"
        " JOIN tickets_message m ON m.ticket_id = known.ticket_id AND m.client_id = known.client_id",
        [tickets, ids],
    )
    return {(message.ticket_id, message.client_id): message for message in found}


def _post_inbound(ticket: Ticket, customer: Customer, channel: str, message: NewMessage, now: datetime) -> Message:
    posted = _inbound_message(ticket, customer.pk, channel, message, now)
    _save_ticket(ticket, "waiting_since", "snoozed_until", *_NUMBERED)
    _save_inbound(posted, message, customer)
    return posted


def _save_inbound(posted: Message, message: NewMessage, customer: Customer) -> None:
    _save_message(posted, message)
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=posted.created_at)


def _inbound_message(ticket: Ticket, customer_id: int, channel: str, message: NewMessage, now: datetime) -> Message:
    """What a customer's message does to its ticket, and the message's row; neither is written yet, except that an
    opening again is (status, history, timers)."""
    posted = _numbered(
        ticket,
        message,
        now,
        channel=channel,
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        author_kind=AuthorKind.CUSTOMER,
        customer_id=customer_id,
    )
    if ticket.status in REOPENING:
        _save_ticket(ticket, *apply_status(ticket, Status.OPEN, ticket.customer, now))
    ticket.waiting_since = ticket.waiting_since or now
    ticket.snoozed_until = None
    return posted


def _write_together(messages: Sequence[Message], now: datetime) -> None:
    """The rows of new messages and what they changed on their tickets and customers; two statements."""
    if not messages:
        return
    Message.objects.bulk_create(messages)
    tickets = list({message.ticket_id: message.ticket for message in messages}.values())
    with connection.cursor() as cursor:
        # Customers are locked in the order of their ids, as the tickets were: other writers come for them as well.
        cursor.execute(
            "WITH locked AS (SELECT id FROM crm_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE),"
            " heard AS (UPDATE crm_customer c SET last_contact_at = %s FROM locked WHERE c.id = locked.id)"
            " UPDATE tickets_ticket t SET last_seq = n.last_seq, last_activity_at = %s, excerpt = n.excerpt,"
            " waiting_since = n.waiting_since, snoozed_until = NULL"
            " FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[])"
            " AS n (id, last_seq, excerpt, waiting_since) WHERE t.id = n.id",
            [
                [ticket.customer_id for ticket in tickets],
                *(now, now),
                [ticket.pk for ticket in tickets],
                [ticket.last_seq for ticket in tickets],
                [ticket.excerpt for ticket in tickets],
                [ticket.waiting_since for ticket in tickets],
            ],
        )
    publish_all([_posted_event(message) for message in messages])


def _after_reply(ticket: Ticket, agent: Agent, now: datetime, status: str) -> None:
    changed = ["waiting_since"]
    ticket.waiting_since = None
    if ticket.first_response_at is None:
        ticket.first_response_at = now
        changed.append("first_response_at")
        answer_first_response(ticket, now)
    if ticket.assignee_id is None:
        ticket.assignee = agent
        changed.append("assignee")
        record(ticket, EventKind.ASSIGNEE, agent, at=now, **{"from": "", "to": agent.name})
    wanted = status or (Status.OPEN if ticket.status in (Status.NEW, *REOPENING) else "")
    if wanted:
        changed += apply_status(ticket, wanted, agent, now)
    ticket.save(update_fields=changed)
    publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=tuple(changed)))


_NUMBERED = ("last_seq", "last_activity_at", "excerpt")


def _append(ticket: Ticket, new: NewMessage, now: datetime, **fields: Any) -> Message:
    """Write the message under the next number. The caller holds the ticket's row lock."""
    posted = _numbered(ticket, new, now, **fields)
    _save_ticket(ticket, *_NUMBERED)
    _save_message(posted, new)
    return posted


def _numbered(ticket: Ticket, new: NewMessage, now: datetime, **fields: Any) -> Message:
    """The message's row under the ticket's next number; neither is written yet."""
    ticket.last_seq += 1
    ticket.last_activity_at = now
    # Lists show the last words that a person said, not a line of the house.
    if fields["visibility"] == Visibility.PUBLIC and fields["author_kind"] != AuthorKind.SYSTEM:
        ticket.excerpt = excerpt(new.text) or ", ".join(clean_line(a.name, 60) for a in new.attachments)[:200]
    return Message(
        ticket=ticket,
        seq=ticket.last_seq,
        text=new.text,
        html=new.html,
        client_id=new.client_id,
        created_at=now,
        **fields,
    )


def _save_ticket(ticket: Ticket, *fields: str) -> None:
    ticket.save(update_fields=fields)


def _save_message(message: Message, new: NewMessage) -> None:
    message.save(force_insert=True)
    store_attachments(message, new.attachments)
    publish(_posted_event(message))


def _posted_event(message: Message) -> MessagePosted:
    return MessagePosted(
        ticket_id=message.ticket_id,
        brand_id=message.ticket.brand_id,
        message_id=message.pk,
        channel=message.channel,
        seq=message.seq,
        direction=message.direction,
        visibility=message.visibility,
    )
