"""Tickets that are answered in writing (email and whatever has no chat), routed by the same engine where the queue's
rules ask for it: in line while they are new or open and nobody has them, out of it once somebody has answered.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import connection, transaction
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
from tickets.routing.rules import all_rules, rules_of

logger = logging.getLogger(__name__)

LIVE = ("chat",)
"""Channels that enter and leave the line by themselves."""
TO_DO = (Status.NEW, Status.OPEN)
MOST_AT_ONCE = 200


def follow_written(ticket_id: int, *, now: datetime) -> None:
    """Enter the line, or leave it, as the ticket stands now."""
    if not _may_concern_routing(ticket_id):
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


# By hand: it is asked for every mail, and putting it together would cost more than its answer.
_CONCERNED = """
SELECT 1 FROM tickets_ticket t
WHERE t.id = %s AND t.channel <> ALL(%s) AND (
    EXISTS (SELECT FROM tickets_teamrouting r WHERE r.brand_id = t.brand_id AND r.route_email)
    OR EXISTS (SELECT FROM tickets_queueentry e WHERE e.ticket_id = t.id AND e.state = ANY(%s)))
"""


def _may_concern_routing(ticket_id: int) -> bool:
    """Whether it stands in a line or might enter one: most houses route no written contacts, and nothing is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_CONCERNED, [ticket_id, list(LIVE), list(OPEN_ENTRY)])
        return cursor.fetchone() is not None


def _is_to_be_routed(ticket: Ticket) -> bool:
    return (
        ticket.status in TO_DO and ticket.assignee_id is None and rules_of(ticket.brand_id, ticket.team_id).route_email
    )


def sweep_written(now: datetime) -> int:
    """What an event has missed; return how many."""
    brands = TeamRouting.objects.filter(route_email=True).order_by("brand").values_list("brand", flat=True).distinct()
    routed = [_routed(brand_id) for brand_id in brands]
    if not routed:
        return 0
    standing = QueueEntry.objects.filter(ticket=OuterRef("pk"), state__in=OPEN_ENTRY)
    missed = Ticket.objects.filter(
        reduce(or_, routed), ~Exists(standing), snoozed_until=None, status__in=TO_DO, assignee=None
    ).exclude(channel__in=LIVE)
    done = 0
    for ticket_id in list(missed.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]):
        try:
            follow_written(ticket_id, now=now)
            done += 1
        except AppError as error:
            logger.warning("ticket %s did not get into the line: %s", ticket_id, error)
    return done


def _routed(brand_id: int) -> Q:
    """The brand's tickets whose queue asks for written ones, as `rules_of` finds its rules. In SQL, so that those of
    other queues do not fill the page of a sweep."""
    found = all_rules(brand_id).by_team
    own = [team for team in found if team is not None]
    asked = Q(team__in=[team for team in own if found[team].route_email])
    common = found.get(None)
    if common is not None and common.route_email:
        asked |= Q(team=None) | ~Q(team__in=own)
    return Q(brand=brand_id) & asked
