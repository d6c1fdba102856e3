"""The life of a chat: waiting -> active -> ended, and back to waiting when the customer takes it up again.

Every function expects the ticket's row lock and a surrounding transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from chat.events import ChatStateChanged
from chat.models import ChatSession, EndedBy, State
from core.events import publish
from tickets.events import TicketChanged
from tickets.history import Actor, record
from tickets.models import EventKind

_FIELDS = ["state", "queued_at", "accepted_at", "accepted_by", "ended_at", "ended_by"]


def to_active(session: ChatSession, by: Actor, now: datetime) -> None:
    session.accepted_at = now
    _clear_end(session)
    _move(session, State.ACTIVE, by)


def to_ended(session: ChatSession, by: Actor, ended_by: EndedBy, now: datetime) -> None:
    session.ended_at, session.ended_by = now, ended_by
    _move(session, State.ENDED, by)


def to_waiting(session: ChatSession, by: Actor) -> None:
    """Taken up again: in line like a new one. Who accepted it before stands in the history."""
    session.accepted_at = session.accepted_by = None
    session.queued_at = timezone.now()
    _clear_end(session)
    _move(session, State.WAITING, by)


def _clear_end(session: ChatSession) -> None:
    session.ended_at, session.ended_by = None, EndedBy.NOBODY


def _move(session: ChatSession, state: State, by: Actor) -> None:
    before, session.state = session.state, state
    session.save(update_fields=_FIELDS)
    ticket = session.ticket
    change: dict[str, Any] = {"from": before, "to": str(state)}
    record(ticket, EventKind.CHAT, by, **change)
    publish(
        ChatStateChanged(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=str(session.state))
    )
    publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=("chat",)))
