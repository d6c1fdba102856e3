"""Changing what a ticket is: assignee, status, priority, type, team, subject, tags, snooze."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent, Team
from agents.permissions import visible_brands
from core.errors import Invalid
from core.events import publish
from core.text import clean_line
from crm.models import Customer
from tickets import routing
from tickets.actions.transitions import apply_status
from tickets.events import TicketChanged
from tickets.history import Actor, record
from tickets.locking import lock_ticket
from tickets.models import EntryState, EventKind, Message, Priority, QueueEntry, Ticket, TicketType

MOST_TAGS = 20
FIELD_OF = {
    EventKind.ASSIGNEE: "assignee",
    EventKind.PRIORITY: "priority",
    EventKind.TYPE: "type",
    EventKind.TEAM: "team",
    EventKind.SUBJECT: "subject",
    EventKind.TAGS: "tags",
    EventKind.SNOOZE: "snoozed_until",
    EventKind.CUSTOMER: "customer",
}


def assign_ticket(by: Agent | None, ticket_id: int, assignee: Agent | None, *, now: datetime | None = None) -> Ticket:
    """Give the ticket to `assignee`, or to nobody. Who is given a running contact needs a free place for it.

    Raises Invalid when they may not see it or are not active, AtCapacity.
    """
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        if assignee is not None:
            _check_assignable(ticket, assignee)
            _give_place(ticket, assignee, now or timezone.now())
        return _change(ticket, by, EventKind.ASSIGNEE, assignee, now)


def change_status(by: Agent | None, ticket_id: int, status: str, *, now: datetime | None = None) -> Ticket:
    """Raises Invalid for an unknown status. Publishes TicketChanged when it differs."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        changed = apply_status(ticket, status, by, now or timezone.now())
        if changed:
            ticket.save(update_fields=changed)
            _publish(ticket, "status")
    return ticket


def change_priority(by: Agent | None, ticket_id: int, priority: int, *, now: datetime | None = None) -> Ticket:
    """Raises Invalid for an unknown priority."""
    if priority not in Priority.values:
        raise Invalid(_("There is no such priority."))
    with transaction.atomic():
        ticket = _change(lock_ticket(ticket_id), by, EventKind.PRIORITY, priority, now)
        routing.follow_ticket(ticket_id, now=now or timezone.now())
    return ticket


def change_type(by: Agent | None, ticket_id: int, type_: str, *, now: datetime | None = None) -> Ticket:
    """Raises Invalid for an unknown type."""
    if type_ not in TicketType.values:
        raise Invalid(_("There is no such ticket type."))
    with transaction.atomic():
        return _change(lock_ticket(ticket_id), by, EventKind.TYPE, type_, now)


def move_to_team(by: Agent | None, ticket_id: int, team: Team | None, *, now: datetime | None = None) -> Ticket:
    """Put the ticket into a team's queue, or into none. Raises Invalid for a team of another brand."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        if team is not None and team.brand_id != ticket.brand_id:
            raise Invalid(_("That team belongs to another brand."))
        ticket = _change(ticket, by, EventKind.TEAM, team, now)
        routing.follow_ticket(ticket_id, now=now or timezone.now())
    return ticket


def change_subject(by: Agent | None, ticket_id: int, subject: str, *, now: datetime | None = None) -> Ticket:
    """Raises Invalid when nothing is left of the subject."""
    subject = clean_line(subject, 300)
    if not subject:
        raise Invalid(_("A ticket needs a subject."), code="empty")
    with transaction.atomic():
        return _change(lock_ticket(ticket_id), by, EventKind.SUBJECT, subject, now)


def set_tags(by: Agent | None, ticket_id: int, tags: Iterable[str], *, now: datetime | None = None) -> Ticket:
    """Replace the tags. They are trimmed, lower-cased, each once, sorted. Raises Invalid for more than 20."""
    wanted = sorted({clean_line(tag, 50).lower() for tag in tags} - {""})
    if len(wanted) > MOST_TAGS:
        raise Invalid(_("A ticket can have at most %(most)s tags.") % {"most": MOST_TAGS})
    with transaction.atomic():
        return _change(lock_ticket(ticket_id), by, EventKind.TAGS, wanted, now)


def snooze_ticket(by: Agent | None, ticket_id: int, until: datetime | None, *, now: datetime | None = None) -> Ticket:
    """Hide the ticket from the working views until `until`, or bring it back. Raises Invalid for a past moment."""
    if until is not None and until <= (now or timezone.now()):
        raise Invalid(_("Choose a moment in the future."))
    with transaction.atomic():
        return _change(lock_ticket(ticket_id), by, EventKind.SNOOZE, until, now)


def wake_snoozed_tickets(now: datetime, *, limit: int = 200) -> int:
    """Bring back tickets whose snooze is over; return how many. Safe beside other callers."""
    due = Ticket.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")
    woken = 0
    for pk in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            ticket = lock_ticket(pk)
            if ticket.snoozed_until is not None and ticket.snoozed_until <= now:
                _change(ticket, None, EventKind.SNOOZE, None, now)
                woken += 1
    return woken


def move_ticket_to_customer(by: Agent | None, ticket_id: int, customer: Customer) -> Ticket:
    """Give one ticket and what its customer said in it to `customer`. Publishes TicketChanged when it differs."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        Message.objects.filter(ticket=ticket, customer=ticket.customer).update(customer=customer)
        return _change(ticket, by, EventKind.CUSTOMER, customer, None)


def move_customer_tickets(customer: Customer, survivor: Customer) -> None:
    """Give every ticket and message of `customer` to `survivor`, with a line in each history."""
    with transaction.atomic():
        for pk in customer.tickets.order_by("pk").values_list("pk", flat=True):
            _change(lock_ticket(pk), None, EventKind.CUSTOMER, survivor, None)
        Message.objects.filter(customer=customer).update(customer=survivor)


def _check_assignable(ticket: Ticket, assignee: Agent) -> None:
    if not assignee.is_active or not visible_brands(assignee).filter(pk=ticket.brand_id).exists():
        raise Invalid(
            _("%(name)s cannot be given this ticket: not active, or not working for this brand.")
            % {"name": assignee.name}
        )


def _give_place(ticket: Ticket, assignee: Agent, now: datetime) -> None:
    """A contact that somebody holds goes to the new assignee's desk. Raises AtCapacity."""
    if QueueEntry.objects.filter(ticket=ticket, state=EntryState.HELD).exists():
        routing.hand_over(ticket.pk, assignee, now=now)


def _change(ticket: Ticket, by: Actor, kind: EventKind, value: Any, now: datetime | None) -> Ticket:
    """Write one field of the locked ticket with its line in the history; nothing when it stays the same."""
    field = FIELD_OF[kind]
    before = getattr(ticket, field)
    if before == value:
        return ticket
    setattr(ticket, field, value)
    ticket.save(update_fields=[field])
    record(ticket, kind, by, at=now, **{"from": _readable(before), "to": _readable(value)})
    _publish(ticket, field)
    return ticket


def _readable(value: Any) -> Any:
    """As the history keeps it: names rather than ids, so that a line still reads when the row it names has gone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Model) else value


def _publish(ticket: Ticket, field: str) -> None:
    publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=(field,)))
