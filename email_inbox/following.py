"""Answers to what was finished: the ticket opens again, or after the mailbox's days another one goes on with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from email_inbox.models import Mailbox
from tickets.history import record
from tickets.models import EventKind, Status, Ticket, TicketEvent

LONGEST_CHAIN = 50


def current(ticket: Ticket, mailbox: Mailbox, now: datetime | None = None) -> Ticket:
    """The ticket at which the matter is now: follow-ups are followed, as long as each was finished too long ago."""
    for _hop in range(LONGEST_CHAIN):
        later = _follow_up(ticket) if is_over(ticket, mailbox, now) else None
        if later is None:
            break
        ticket = later
    return ticket


def is_over(ticket: Ticket, mailbox: Mailbox, now: datetime | None = None) -> bool:
    """Whether an answer no longer opens this ticket again: it was finished more than `reopen_days` ago."""
    if mailbox.reopen_days is None or ticket.status not in (Status.SOLVED, Status.CLOSED):
        return False
    finished = ticket.solved_at or ticket.closed_at or ticket.last_activity_at
    return (now or timezone.now()) - finished >= timedelta(days=mailbox.reopen_days)


def link(new: Ticket, old: Ticket) -> None:
    """Say in both histories that `new` goes on with `old`. In the transaction that opened `new`."""
    record(old, EventKind.LINK, None, what="followed", other=new.pk)
    record(new, EventKind.LINK, None, what="follows", other=old.pk)


def _follow_up(ticket: Ticket) -> Ticket | None:
    links = TicketEvent.objects.filter(ticket=ticket, kind=EventKind.LINK, data__what="followed").order_by("-pk")
    data = links.values_list("data", flat=True).first()
    return Ticket.objects.select_related("customer").filter(pk=data["other"]).first() if data else None
