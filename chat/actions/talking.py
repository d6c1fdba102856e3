"""The visitor's side of the talk: words, typing, seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.actions.transitions import to_waiting
from chat.errors import ChatEnded
from chat.events import VisitorSaw, VisitorTyped
from chat.frames import CHANNEL, public_messages
from chat.locking import lock_session
from chat.models import ChatSession
from core.events import publish
from core.text import check_length
from tickets.actions import post_customer_message, set_delivery
from tickets.content import NewMessage, check_attachment_sizes
from tickets.models import Delivery, Message, Status

MAX_CHARACTERS = 10_000
REOPEN_WITHIN = timedelta(hours=24)
"""A word this soon after the end belongs to the same matter; later ones are a new chat (ADR 022)."""


def check_words(message: NewMessage) -> NewMessage:
    """The message cleaned. Raises Invalid when nothing is left of it, TooLarge beyond the limits."""
    check_length(message.text, MAX_CHARACTERS)
    message = message.cleaned()
    message.check_not_empty()
    check_attachment_sizes(message.attachments)
    return message


def say(session_id: int, message: NewMessage, *, now: datetime | None = None) -> Message:
    """Add the visitor's message; the same client id again returns the first one, whatever happened since.

    Words into a chat that ended within REOPEN_WITHIN put it back in line. Raises ChatEnded when it is older or
    another chat of the visitor is open, Invalid, TooLarge. Publishes MessagePosted, maybe ChatStateChanged.
    """
    now = now or timezone.now()
    message = check_words(message)
    with transaction.atomic():
        session = lock_session(session_id)
        if not session.is_open:
            twin = Message.objects.filter(ticket_id=session.ticket_id, client_id=message.client_id).first()
            if twin and message.client_id:
                return twin
            _take_up_again(session, now)
        return post_customer_message(
            session.ticket_id, customer=session.ticket.customer, channel=CHANNEL, message=message, now=now
        )


def _take_up_again(session: ChatSession, now: datetime) -> None:
    assert session.ended_at is not None  # the database says so: chat_end_matches_state
    if now - session.ended_at > REOPEN_WITHIN or session.ticket.status == Status.CLOSED:
        raise ChatEnded()
    try:
        with transaction.atomic():
            to_waiting(session, session.ticket.customer)
    except IntegrityError as error:  # one_open_chat_per_visitor
        raise ChatEnded() from error


def mark_visitor_seen(session: ChatSession, seq: int) -> None:
    """The visitor has the messages up to `seq` before their eyes; never moves backwards. Publishes VisitorSaw."""
    with transaction.atomic():
        # The ticket first, as everywhere: a reply holds it while it writes the session's row.
        session = lock_session(session.pk)
        ticket = session.ticket
        seq = min(seq, ticket.last_seq)
        if seq <= session.visitor_seen_seq:
            return
        session.visitor_seen_seq = seq
        session.save(update_fields=["visitor_seen_seq"])
        for message in public_messages(session).filter(seq__lte=seq, delivery__in=_ON_THE_WAY).order_by("seq"):
            set_delivery(message, Delivery.SEEN)
        publish(VisitorSaw(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, seq=seq))


_ON_THE_WAY = (Delivery.QUEUED, Delivery.SENDING, Delivery.SENT)


def visitor_typing(session: ChatSession, on: bool) -> None:
    """Tell the agents; nothing is stored. Publishes VisitorTyped."""
    ticket = session.ticket
    publish(VisitorTyped(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, on=on))
