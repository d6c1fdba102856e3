"""What a change of status brings with it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Invalid
from core.text import clean_line
from tickets.errors import Merged
from tickets.fields import missing_before_solving
from tickets.history import Actor, record
from tickets.models import EventKind, Status, Ticket
from tickets.sla import cancel_timers


def apply_status(ticket: Ticket, status: str, by: Actor, now: datetime) -> list[str]:
    """Set `status` on the locked ticket and record it; return the names of the fields to save.

    Raises Invalid for an unknown status, and when an agent solves it while required fields are empty; Merged. Solving
    keeps `solved_at`, reopening clears it.
    """
    if status not in Status.values:
        raise Invalid(_("There is no status called “%(status)s”.") % {"status": clean_line(status, 40)})
    if ticket.status == status:
        return []
    if ticket.merged_into_id is not None:
        raise Merged(ticket)
    if status == Status.SOLVED and isinstance(by, Agent):
        _check_complete(ticket)
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


def _check_complete(ticket: Ticket) -> None:
    if missing := missing_before_solving(ticket):
        names = ", ".join(str(field.label) for field in missing)
        raise Invalid(_("Before this is solved, fill in: %(names)s.") % {"names": names}, code="fields_missing")
