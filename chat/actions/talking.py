"""The visitor's side of the talk: words, typing, seen."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chat.actions.blocking import check_not_blocked
from chat.actions.transitions import to_waiting
from chat.errors import ChatEnded
from chat.events import VisitorSaw, VisitorTyped
from chat.frames import CHANNEL, previous_seq
from chat.live import Fresh, at_hand
from chat.locking import lock_session
from chat.models import ChatSession, State
from chat.threads import drop_broken_connection
from core.errors import AppError, NotFound
from core.events import publish
from core.text import check_length
from tickets.actions import Inbound, post_customer_message, post_customer_messages, set_delivered_up_to
from tickets.content import NewMessage, check_attachment_sizes
from tickets.locking import lock_tickets
from tickets.models import Delivery, Message, Status, Visibility

logger = logging.getLogger(__name__)

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
    another chat of the visitor is open, VisitorBlocked, Invalid, TooLarge. Publishes MessagePosted, maybe
    ChatStateChanged.
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
    check_not_blocked(session.widget, session.visitor_hash, now=now)  # a block ends the chat: only here it could go on
    try:
        with transaction.atomic():
            to_waiting(session, session.ticket.customer)
    except IntegrityError as error:  # one_open_chat_per_visitor
        raise ChatEnded() from error


@dataclass(frozen=True, slots=True)
class Words:
    """What one visitor says, on its way to `say_all`."""

    session_id: int
    ticket_id: int
    message: NewMessage


@dataclass(frozen=True, slots=True)
class Said:
    message: Message
    prev: int
    """Number of the public message before it; 0: none."""


def say_all(words: Sequence[Words], *, now: datetime | None = None) -> list[Said | Exception]:
    """As `say`, for many visitors in one transaction; for each of them, in their order, what was said or why not.

    Nobody's words fail with another's: what is refused is left out, and what cannot be written together (or takes an
    ended chat up again) is written alone. A widget that was switched off is NotFound.
    """
    now = now or timezone.now()
    try:
        answers = _say_together(words, now)
    except Exception:
        logger.exception("%s messages could not be written together: now one by one", len(words))
        drop_broken_connection()
        answers = [None] * len(words)
    return [_say_alone(one, now) if answer is None else answer for one, answer in zip(words, answers, strict=True)]


def _say_together(words: Sequence[Words], now: datetime) -> list[Said | Exception | None]:
    """None for words that need a transaction of their own."""
    answers: list[Said | Exception | None] = []
    inbound: dict[int, Inbound] = {}
    with at_hand() as fresh, transaction.atomic():
        tickets = lock_tickets(one.ticket_id for one in words)
        chats = _standing(words)
        for place, one in enumerate(words):
            answers.append(None)
            try:
                message = check_words(one.message)
            except AppError as error:
                answers[place] = error
                continue
            if one.session_id not in chats or one.ticket_id not in tickets:
                answers[place] = NotFound()
            elif chats[one.session_id].state != State.ENDED and not message.attachments:
                inbound[place] = Inbound(tickets[one.ticket_id], message)
        posted = post_customer_messages(list(inbound.values()), channel=CHANNEL, now=now)
        before = {chat.ticket_id: chat.prev for chat in chats.values()}
        for place, message_row in zip(inbound, posted, strict=True):
            said = answers[place] = _said(message_row, before)
            fresh[message_row.pk] = Fresh(words[place].session_id, message_row, said.prev)
    return answers


@dataclass(slots=True)
class _Standing:
    ticket_id: int
    state: str
    prev: int


def _standing(words: Sequence[Words]) -> dict[int, _Standing]:
    """The chats whose widget is on, by id. Read after the locks were had, for then nothing moves any more."""
    # In SQL, for composing it takes Django longer than the server needs to answer it.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.ticket_id, s.state, (SELECT m.seq FROM tickets_message m WHERE m.ticket_id = s.ticket_id"
            " AND m.visibility = %s AND m.channel = %s ORDER BY m.seq DESC LIMIT 1)"
            " FROM chat_chatsession s JOIN chat_widget w ON w.id = s.widget_id WHERE w.is_active AND s.id = ANY(%s)",
            [Visibility.PUBLIC, CHANNEL, [one.session_id for one in words]],
        )
        rows = cursor.fetchall()
    return {pk: _Standing(ticket_id, state, prev or 0) for pk, ticket_id, state, prev in rows}


def _said(message: Message, before: dict[int, int]) -> Said:
    """`before` holds each ticket's last public number and moves on with every message."""
    prev = before[message.ticket_id]
    if message.seq <= prev:  # said earlier already
        return Said(message, previous_seq(message))
    before[message.ticket_id] = message.seq
    return Said(message, prev)


def _say_alone(one: Words, now: datetime) -> Said | Exception:
    try:
        message = say(one.session_id, one.message, now=now)
        return Said(message, previous_seq(message))
    except AppError as error:
        return error
    except Exception as error:
        logger.exception("a visitor's words could not be written")
        return error


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
        set_delivered_up_to({ticket.pk: seq}, Delivery.SEEN, channel=CHANNEL)
        publish(VisitorSaw(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, seq=seq))


def mark_visitors_got(seqs: Mapping[int, int]) -> None:
    """Visitors' browsers hold their chats' messages up to a number, per ticket: our replies are delivered. Publishes
    DeliveryChanged for each that was not."""
    set_delivered_up_to(seqs, Delivery.DELIVERED, channel=CHANNEL)


def visitor_typing(session_id: int, ticket_id: int, brand_id: int, on: bool) -> None:
    """Tell the agents; nothing is stored. Publishes VisitorTyped."""
    publish(VisitorTyped(session_id=session_id, ticket_id=ticket_id, brand_id=brand_id, on=on))
