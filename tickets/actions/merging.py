"""Two conversations about one matter become one: the source is closed and points to its survivor.

Nothing is moved or numbered anew: messages stay where they were said, the survivor shows them where the merge stands in
its history, and what is written for the source from then on reaches the survivor. So taking it back is exact
(docs/adr/036-merging-points.md).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Conflict, Invalid
from core.events import publish
from tickets.actions.transitions import apply_status
from tickets.channels import get_channel
from tickets.events import TicketChanged
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import EventKind, SlaOutcome, SlaTimer, Status, Ticket, TicketEvent

UNDO_WITHIN = timedelta(days=30)
MERGED, ABSORBED, UNMERGED, RELEASED = "merged", "absorbed", "unmerged", "released"
"""`data.what` of the history lines: in the source and in the survivor, and when it was taken back."""
_FOR_SOMEBODY = (Status.PENDING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED)


def merge_tickets(by: Agent, source_id: int, target_id: int, *, now: datetime | None = None) -> Ticket:
    """Close `source` in favour of `target` and return the target. Publishes TicketChanged for both.

    A customer who waits in the source waits in the target, which opens if it was at rest. Raises Invalid when they are
    one, of two brands, merged already, or when something still runs in the source (a chat, an answer about to leave).
    """
    now = now or timezone.now()
    with transaction.atomic():
        source, target = _lock_both(source_id, target_id)
        if reason := why_not_merge(source, target):
            raise Invalid(reason)
        before = {
            "status": source.status,
            "waiting_since": source.waiting_since.isoformat() if source.waiting_since else "",
            "solved_at": source.solved_at.isoformat() if source.solved_at else "",
            "closed_at": source.closed_at.isoformat() if source.closed_at else "",
            "snoozed_until": source.snoozed_until.isoformat() if source.snoozed_until else "",
        }
        waited = source.waiting_since
        apply_status(source, Status.CLOSED, by, now)
        source.merged_into = target
        source.snoozed_until = None
        source.save(update_fields=["status", "solved_at", "closed_at", "waiting_since", "merged_into", "snoozed_until"])
        record(source, EventKind.LINK, by, at=now, what=MERGED, other=target.pk, before=before)
        record(target, EventKind.LINK, by, at=now, what=ABSORBED, other=source.pk, messages=source.last_seq)
        _take_over(target, waited, by, now)
        _tell(source, target)
    return target


def why_not_merge(source: Ticket, target: Ticket) -> str:
    """What stands against merging `source` into `target`, in words; empty when nothing does."""
    if source.pk == target.pk:
        return _("A conversation cannot be merged with itself.")
    if source.brand_id != target.brand_id:
        return _("Conversations of two brands cannot be merged.")
    for ticket in (source, target):
        if ticket.merged_into_id:
            numbers = {"number": ticket.pk, "other": ticket.merged_into_id}
            return _("#%(number)s is already merged into #%(other)s.") % numbers
    return get_channel(source.channel).still_running(source)


def unmerge_ticket(by: Agent, source_id: int, *, now: datetime | None = None) -> Ticket:
    """Let the source stand by itself again as it was before: status, waiting, clocks. What was written meanwhile stays
    in the survivor. Raises Conflict when it is not merged, Invalid after UNDO_WITHIN."""
    now = now or timezone.now()
    with transaction.atomic():
        survivor_id = Ticket.objects.filter(pk=source_id).values_list("merged_into", flat=True).first()
        if survivor_id is None:
            raise Conflict(_("This conversation is not merged."))
        source, target = _lock_both(source_id, survivor_id)
        merged = _merge_of(source)
        if source.merged_into_id != target.pk or merged is None:
            raise Conflict()
        if now - merged.created_at > UNDO_WITHIN:
            raise Invalid(_("A merge can be taken back for 30 days."))
        before = merged.data["before"]
        source.merged_into = None
        source.status = before["status"]
        for name in ("waiting_since", "solved_at", "closed_at", "snoozed_until"):
            setattr(source, name, parse_datetime(before[name]) if before[name] else None)
        source.save(update_fields=["merged_into", "status", "waiting_since", "solved_at", "closed_at", "snoozed_until"])
        stopped = SlaTimer.objects.filter(ticket=source, outcome=SlaOutcome.CANCELLED, finished_at=merged.created_at)
        stopped.update(outcome=SlaOutcome.RUNNING, finished_at=None)
        record(source, EventKind.LINK, by, at=now, what=UNMERGED, other=target.pk)
        record(target, EventKind.LINK, by, at=now, what=RELEASED, other=source.pk)
        _tell(source, target)
    return source


def survivor_of(ticket: Ticket) -> Ticket:
    """The ticket in which the matter goes on; itself when it was not merged."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket


def can_unmerge(ticket: Ticket, now: datetime) -> bool:
    merged = _merge_of(ticket) if ticket.merged_into_id else None
    return merged is not None and now - merged.created_at <= UNDO_WITHIN


def _merge_of(source: Ticket) -> TicketEvent | None:
    lines = TicketEvent.objects.filter(ticket=source, kind=EventKind.LINK, data__what=MERGED)
    return lines.order_by("-pk").first()


def _lock_both(one_id: int, other_id: int) -> tuple[Ticket, Ticket]:
    """Both under their locks, taken in the order of their ids: two merges never wait for each other."""
    found = {pk: lock_ticket(pk) for pk in sorted({one_id, other_id})}
    return found[one_id], found[other_id]


def _take_over(target: Ticket, waited: datetime | None, by: Agent, now: datetime) -> None:
    if waited is None:
        return
    changed = apply_status(target, Status.OPEN, by, now) if target.status in _FOR_SOMEBODY else []
    target.waiting_since = min(filter(None, [waited, target.waiting_since]))
    target.snoozed_until = None
    target.save(update_fields=[*changed, "waiting_since", "snoozed_until"])


def _tell(*tickets: Ticket) -> None:
    for ticket in tickets:
        fields = ("status", "merged_into")
        publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=fields))
