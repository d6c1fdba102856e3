"""What a change of status brings with it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.text import clean_line
from tickets.errors import Merged
from tickets.history import Actor, record
from tickets.models import EventKind, Status, Ticket
from tickets.sla import cancel_timers


def apply_status(ticket: Ticket, status: str, by: Actor, now: datetime) -> list[str]:
    """Set `status` on the locked ticket and record it; return the names of the fields to save.

    Raises Invalid for an unknown status, Merged. Solving keeps `solved_at`, reopening clears it.
    """
    if status not in Status.values:
        raise Invalid(_("There is no status called “%(status)s”.") % {"status": clean_line(status, 40)})
    if ticket.status == status:
        return []
    if ticket.merged_into_id is not None:
        raise Merged(ticket)
    record(ticket, EventKind.STATUS, by, at=now, **{"from": ticket.status, "to": status})
    ticket.status = status
    if status == Status.SOLVED:
        ticket.solved_at = now
    elif status == Status.CLOSED:
        ticket.closed_at = now
    else:
        ticket.solved_at = ticket.closed_at = None
    if status in (Status.SOLVED, Status.CLOSED):
        ticket.waiting_since = None
        cancel_timers(ticket, now)
    return ["status", "solved_at", "closed_at", "waiting_since"]
