"""Writing the append-only history of a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from agents.models import Agent
from crm.models import Customer
from tickets.models import ActorKind, Ticket, TicketEvent

Actor = Agent | Customer | None
"""Who did it; None is the system."""


def record(ticket: Ticket, kind: str, by: Actor, *, at: datetime | None = None, **data: Any) -> TicketEvent:
    """Add one line to the history of `ticket`, of the moment `at`. Call in the transaction that makes the change."""
    return record_of(ticket.pk, ticket.last_seq, kind, by, at=at, **data)


def record_of(
    ticket_id: int, last_seq: int, kind: str, by: Actor, *, at: datetime | None = None, **data: Any
) -> TicketEvent:
    """As `record`, for who has not read the whole ticket."""
    return TicketEvent.objects.create(
        ticket_id=ticket_id,
        kind=kind,
        actor_kind=_actor_kind(by),
        agent=by if isinstance(by, Agent) else None,
        data=data,
        after_seq=last_seq,
        created_at=at or timezone.now(),
    )


def _actor_kind(by: Actor) -> ActorKind:
    if isinstance(by, Agent):
        return ActorKind.AGENT
    return ActorKind.CUSTOMER if isinstance(by, Customer) else ActorKind.SYSTEM
