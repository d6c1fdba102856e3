"""The life of a chat: waiting -> active -> ended, and back to waiting when the customer takes it up again.

Each step moves the chat's place in the routing with it, in the same transaction.
Every function expects the ticket's row lock and a surrounding transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from agents.models import Team
from chat.actions.queueing import stand_in_line
from chat.events import ChatStateChanged
from chat.models import ChatSession, EndedBy, State
from core.events import publish
from tickets import routing
from tickets.events import TicketChanged
from tickets.history import Actor, record
from tickets.models import EventKind
from tickets.routing.picking import check_may_pick

_FIELDS = ["state", "queued_at", "accepted_at", "accepted_by", "ended_at", "ended_by"]


def to_active(session: ChatSession, by: Actor, now: datetime) -> None:
    """Raises AtCapacity when who accepts has no place free, HeldByAnother; OfferedToAnother, SkillMissing."""
    if session.accepted_by is not None:
        check_may_pick(session.accepted_by, session.ticket_id)
        routing.take(session.accepted_by, session.ticket_id, now=now)
    session.accepted_at = now
    _clear_end(session)
    _move(session, State.ACTIVE, by)


def to_ended(session: ChatSession, by: Actor, ended_by: EndedBy, now: datetime) -> None:
    session.ended_at, session.ended_by = now, ended_by
    _move(session, State.ENDED, by)
    routing.end(session.ticket_id, now=now)


def to_waiting(session: ChatSession, by: Actor) -> None:
    """Taken up again: in line like a new one. Who accepted it before stands in the history, and is preferred."""
    now = timezone.now()
    stand_in_line(session, now=now)
    session.accepted_at = session.accepted_by = None
    session.queued_at = now
    _clear_end(session)
    _move(session, State.WAITING, by)


def back_to_waiting(session: ChatSession, by: Actor, *, now: datetime, team: Team | None = None) -> None:
    """Given back by its agent: in line by the time it has waited since it came, in another team's if that is given."""
    routing.put_back(session.ticket_id, by, now=now, team=team)
    session.accepted_at = session.accepted_by = None
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
