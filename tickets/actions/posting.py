"""Saying something: customers' messages, replies, notes, and what became of them on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agents.models import Agent, Brand, Team
from core.events import publish
from core.text import check_length, clean_line, excerpt
from crm.models import Customer
from tickets.actions.transitions import apply_status
from tickets.channels import get_channel
from tickets.content import NewMessage, check_attachment_sizes, store_attachments
from tickets.events import DeliveryChanged, MessagePosted, TicketChanged, TicketOpened
from tickets.history import record
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
    with transaction.atomic():
        ticket = Ticket.objects.create(
            customer=customer,
            brand=brand,
            channel=channel,
            subject=clean_line(subject, 300),
            team=team,
            language=clean_line(language, 16),
            created_at=now,
            last_activity_at=now,
        )
        record(ticket, EventKind.OPENED, by or customer, at=now, channel=channel)
        start_first_response(ticket, now)
        publish(TicketOpened(ticket_id=ticket.pk, brand_id=ticket.brand_id))
        first = _post_inbound(ticket, customer, channel, message, now)
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
        twin = _twin(ticket, message)
        return twin or _post_inbound(ticket, customer, channel, message, now)


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
        channel.check_can_reply(ticket)
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


def set_delivery(message: Message, delivery: str, *, error: str = "") -> None:
    """Note what became of an outbound message. A failure is a line in the history. Publishes DeliveryChanged."""
    with transaction.atomic():
        ticket = lock_ticket(message.ticket_id)
        changed = Message.objects.filter(pk=message.pk).exclude(delivery=delivery)
        if not changed.update(delivery=delivery, delivery_error=clean_line(error, 500)):
            return
        if delivery == Delivery.FAILED:
            record(
                ticket,
                EventKind.DELIVERY,
                None,
                seq=message.seq,
                error=clean_line(error, 300),
            )
        publish(
            DeliveryChanged(
                ticket_id=ticket.pk,
                brand_id=ticket.brand_id,
                message_id=message.pk,
                delivery=delivery,
            )
        )


def _twin(ticket: Ticket, message: NewMessage) -> Message | None:
    """The message already posted under the same client id. The row lock makes look-then-write safe here;
    the UNIQUE constraint stands behind it."""
    if message.client_id is None:
        return None
    return Message.objects.filter(ticket=ticket, client_id=message.client_id).first()


def _post_inbound(ticket: Ticket, customer: Customer, channel: str, message: NewMessage, now: datetime) -> Message:
    posted = _append(
        ticket,
        message,
        now,
        channel=channel,
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        author_kind=AuthorKind.CUSTOMER,
        customer=customer,
    )
    changed = apply_status(ticket, Status.OPEN, customer, now) if ticket.status in REOPENING else []
    ticket.waiting_since = ticket.waiting_since or now
    ticket.snoozed_until = None
    ticket.save(update_fields=[*changed, "waiting_since", "snoozed_until"])
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=now)
    return posted


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


def _append(ticket: Ticket, new: NewMessage, now: datetime, **fields: Any) -> Message:
    """Write the message under the next number. The caller holds the ticket's row lock."""
    ticket.last_seq += 1
    ticket.last_activity_at = now
    if fields["visibility"] == Visibility.PUBLIC:
        ticket.excerpt = excerpt(new.text) or ", ".join(clean_line(a.name, 60) for a in new.attachments)[:200]
    ticket.save(update_fields=["last_seq", "last_activity_at", "excerpt"])
    posted = Message.objects.create(
        ticket=ticket,
        seq=ticket.last_seq,
        text=new.text,
        html=new.html,
        client_id=new.client_id,
        created_at=now,
        **fields,
    )
    store_attachments(posted, new.attachments)
    publish(
        MessagePosted(
            ticket_id=ticket.pk,
            brand_id=ticket.brand_id,
            message_id=posted.pk,
            seq=posted.seq,
            direction=posted.direction,
            visibility=posted.visibility,
        )
    )
    return posted
