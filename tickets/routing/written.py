"""Tickets that are answered in writing (email and whatever has no chat), routed by the same engine where the queue's
rules ask for it: in line while they are new or open and nobody has them, out of it once somebody has answered.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core.errors import AppError
from tickets.locking import lock_ticket
from tickets.models import (
    IN_QUEUE,
    OPEN_ENTRY,
    EntryState,
    QueueEntry,
    Status,
    TeamRouting,
    Ticket,
)
from tickets.routing.entries import end, enter
from tickets.routing.rules import rules_of

logger = logging.getLogger(__name__)

LIVE = ("chat",)
"""Channels that enter and leave the line by themselves."""
TO_DO = (Status.NEW, Status.OPEN)
MOST_AT_ONCE = 200


def follow_written(ticket_id: int, *, now: datetime) -> None:
    """Enter the line, or leave it, as the ticket stands now."""
    ticket = Ticket.objects.filter(pk=ticket_id).exclude(channel__in=LIVE).first()
    if ticket is None:
        return
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        entry = QueueEntry.objects.filter(ticket=ticket_id, state__in=OPEN_ENTRY).first()
        if entry is None:
            if _is_to_be_routed(ticket):
                enter(ticket, now=now)
        elif ticket.status not in TO_DO or (entry.state in IN_QUEUE and ticket.assignee_id is not None):
            end(ticket_id, now=now)
        elif entry.state == EntryState.HELD and ticket.assignee_id != entry.agent_id:
            # Given to nobody, or to somebody by hand: the place of who had it is free.
            end(ticket_id, now=now)
            if _is_to_be_routed(ticket):
                enter(ticket, now=now)


def _is_to_be_routed(ticket: Ticket) -> bool:
    return (
        ticket.status in TO_DO and ticket.assignee_id is None and rules_of(ticket.brand_id, ticket.team_id).route_email
    )


def sweep_written(now: datetime) -> int:
    """What an event has missed; return how many."""
    brands = TeamRouting.objects.filter(route_email=True).values_list("brand", flat=True).distinct()
    standing = QueueEntry.objects.filter(ticket=OuterRef("pk"), state__in=OPEN_ENTRY)
    missed = Ticket.objects.filter(
        ~Exists(standing), Q(snoozed_until=None), brand__in=list(brands), status__in=TO_DO, assignee=None
    ).exclude(channel__in=LIVE)
    done = 0
    for ticket in missed.order_by("pk")[:MOST_AT_ONCE]:
        if not _is_to_be_routed(ticket):
            continue
        try:
            follow_written(ticket.pk, now=now)
            done += 1
        except AppError as error:
            logger.warning("ticket %s did not get into the line: %s", ticket.pk, error)
    return done
