"""Written contacts of agents who have left: back into their line, while there is still nobody's answer; and whatever
was open with an agent who does not work here any more.

A mail may wait through a lunch, so the grace is much longer than a chat's (`chat.dispatching`). Who was given a ticket
by a colleague while they were away keeps it: whoever gave it knew what they did.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from agents.models import Agent
from agents.selectors import CONSOLE_OPEN_WITHIN
from tickets import routing
from tickets.actions import assign_ticket
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import ACTIVE_STATUSES, OPEN_ENTRY, EntryState, EventKind, QueueEntry, Ticket
from tickets.routing.written import LIVE, TO_DO

MOST_AT_ONCE = 200


def hand_back_written(now: datetime) -> int:
    """Return how many. Safe beside other sweeps; each in a transaction of its own."""
    due = _left_alone(now).order_by("pk").values_list("ticket", flat=True)[:MOST_AT_ONCE]
    return sum(_hand_back(ticket_id, now) for ticket_id in list(due))


def free_tickets_of_the_departed(now: datetime) -> int:
    """Open tickets of deactivated agents are nobody's, so that somebody sees them; return how many. A running chat goes
    back into its line by itself (`chat.dispatching`)."""
    live = QueueEntry.objects.filter(ticket=OuterRef("pk"), state__in=OPEN_ENTRY, channel__in=LIVE)
    departed = Agent.objects.filter(is_active=False)
    left = Ticket.objects.filter(~Exists(live), status__in=ACTIVE_STATUSES, assignee__in=departed).order_by("pk")
    ids = list(left.values_list("pk", flat=True)[:MOST_AT_ONCE])
    for ticket_id in ids:
        assign_ticket(None, ticket_id, None, now=now)
    return len(ids)


def _hand_back(ticket_id: int, now: datetime) -> bool:
    """It stands where it stood, and is nobody's."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        entry = _left_alone(now).select_related("agent").filter(ticket=ticket_id).first()
        if entry is None or entry.agent is None:  # they came back, or somebody answered
            return False
        record(ticket, EventKind.ROUTING, None, at=now, what="handed_back", agent=entry.agent.name)
        assign_ticket(None, ticket_id, None, now=now)
        routing.put_back(ticket_id, None, now=now)
    return True


def _left_alone(now: datetime) -> QuerySet[QueueEntry]:
    """Held and not answered, by somebody whose console was open while they had it and is closed since the grace."""
    grace = timedelta(seconds=settings.HAND_BACK_WRITTEN_SECONDS)
    return QueueEntry.objects.filter(
        state=EntryState.HELD,
        ticket__status__in=TO_DO,
        agent__last_seen_at__lt=now - grace,
        agent__last_seen_at__gte=F("held_at") - CONSOLE_OPEN_WITHIN,
    ).exclude(channel__in=LIVE)
