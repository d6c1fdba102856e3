"""Deadlines as rows. Today: first response, in calendar time, with the brand's target.

A timer is written with the ticket, closed by what it waits for, and swept by a tick when it comes due
(`tickets.tasks.sweep_sla_timers`): no timer lives in a worker's memory.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from core.events import publish
from core.work import claim, finish
from tickets.events import TicketChanged
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import EventKind, SlaKind, SlaOutcome, SlaTimer, Ticket

LEASE = timedelta(seconds=60)


def start_first_response(ticket: Ticket, now: datetime) -> None:
    """Start the clock on a new ticket; a brand with target 0 has none."""
    seconds = ticket.brand.first_response_seconds
    if seconds:
        SlaTimer.objects.create(
            ticket=ticket,
            kind=SlaKind.FIRST_RESPONSE,
            due_at=now + timedelta(seconds=seconds),
        )


def answer_first_response(ticket: Ticket, now: datetime) -> None:
    """An agent has answered: met when in time, breached when the answer came first but late."""
    _running(ticket).filter(kind=SlaKind.FIRST_RESPONSE, due_at__gte=now).update(
        outcome=SlaOutcome.MET, finished_at=now
    )
    late = _running(ticket).filter(kind=SlaKind.FIRST_RESPONSE)
    if late.update(outcome=SlaOutcome.BREACHED, finished_at=now):
        record(
            ticket,
            EventKind.SLA,
            None,
            at=now,
            clock=SlaKind.FIRST_RESPONSE,
            outcome=SlaOutcome.BREACHED,
        )


def cancel_timers(ticket: Ticket, now: datetime) -> None:
    """The matter is settled: nothing is due any more."""
    _running(ticket).update(outcome=SlaOutcome.CANCELLED, finished_at=now)


def sweep(now: datetime, *, limit: int = 500) -> int:
    """Mark what has come due as breached, once each; return how many. Safe beside any number of sweepers."""
    timers = claim(SlaTimer.objects.all(), limit=limit, lease=LEASE, now=now)
    for timer in timers:
        _breach(timer, now)
    return len(timers)


def _breach(timer: SlaTimer, now: datetime) -> None:
    with transaction.atomic():
        ticket = lock_ticket(timer.ticket_id)
        if finish(timer, now=now, outcome=SlaOutcome.BREACHED):
            record(
                ticket,
                EventKind.SLA,
                None,
                at=now,
                clock=timer.kind,
                outcome=SlaOutcome.BREACHED,
            )
            publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=("sla",)))


def _running(ticket: Ticket) -> QuerySet[SlaTimer]:
    return SlaTimer.objects.filter(ticket=ticket, finished_at__isnull=True)
