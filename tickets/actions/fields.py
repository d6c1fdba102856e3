"""Changing what a ticket is: assignee, status, priority, type, team, subject, tags, snooze."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent, Team
from agents.permissions import visible_brands
from core.errors import Invalid
from core.events import publish
from core.text import clean_line
from crm.models import Customer
from tickets.actions.transitions import apply_status
from tickets.events import TicketChanged
from tickets.history import Actor, record
from tickets.locking import lock_ticket
from tickets.models import EventKind, Message, Priority, Ticket, TicketType

MOST_TAGS = 20


def assign_ticket(by: Agent | None, ticket_id: int, assignee: Agent | None) -> Ticket:
    """Give the ticket to `assignee`, or to nobody. Raises Invalid when they may not see it or are not active."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        if assignee is not None:
            _check_assignable(ticket, assignee)
        before = ticket.assignee.name if ticket.assignee else ""
        return _change(
            ticket,
            by,
            EventKind.ASSIGNEE,
            "assignee",
            assignee,
            before,
            assignee.name if assignee else "",
        )


def change_status(by: Agent | None, ticket_id: int, status: str, *, now: datetime | None = None) -> Ticket:
    """Raises Invalid for an unknown status. Publishes TicketChanged when it differs."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        changed = apply_status(ticket, status, by, now or timezone.now())
        if changed:
            ticket.save(update_fields=changed)
            _publish(ticket, "status")
    return ticket


def change_priority(by: Agent | None, ticket_id: int, priority: int) -> Ticket:
    """Raises Invalid for an unknown priority."""
    if priority not in Priority.values:
        raise Invalid(_("There is no such priority."))
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        return _change(
            ticket,
            by,
            EventKind.PRIORITY,
            "priority",
            priority,
            ticket.priority,
            priority,
        )


def change_type(by: Agent | None, ticket_id: int, type_: str) -> Ticket:
    """Raises Invalid for an unknown type."""
    if type_ not in TicketType.values:
        raise Invalid(_("There is no such ticket type."))
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        return _change(ticket, by, EventKind.TYPE, "type", type_, ticket.type, type_)


def move_to_team(by: Agent | None, ticket_id: int, team: Team | None) -> Ticket:
    """Put the ticket into a team's queue, or into none. Raises Invalid for a team of another brand."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        if team is not None and team.brand_id != ticket.brand_id:
            raise Invalid(_("That team belongs to another brand."))
        before = ticket.team.name if ticket.team else ""
        return _change(ticket, by, EventKind.TEAM, "team", team, before, team.name if team else "")


def change_subject(by: Agent | None, ticket_id: int, subject: str) -> Ticket:
    """Raises Invalid when nothing is left of the subject."""
    subject = clean_line(subject, 300)
    if not subject:
        raise Invalid(_("A ticket needs a subject."), code="empty")
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        return _change(ticket, by, EventKind.SUBJECT, "subject", subject, ticket.subject, subject)


def set_tags(by: Agent | None, ticket_id: int, tags: Iterable[str]) -> Ticket:
    """Replace the tags. They are trimmed, lower-cased, each once, sorted. Raises Invalid for more than 20."""
    wanted = sorted({clean_line(tag, 50).lower() for tag in tags} - {""})
    if len(wanted) > MOST_TAGS:
        raise Invalid(_("A ticket can have at most %(most)s tags.") % {"most": MOST_TAGS})
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        return _change(ticket, by, EventKind.TAGS, "tags", wanted, ticket.tags, wanted)


def snooze_ticket(by: Agent, ticket_id: int, until: datetime | None, *, now: datetime | None = None) -> Ticket:
    """Hide the ticket from the working views until `until`, or bring it back. Raises Invalid for a past moment."""
    if until is not None and until <= (now or timezone.now()):
        raise Invalid(_("Choose a moment in the future."))
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        before, after = _iso(ticket.snoozed_until), _iso(until)
        return _change(ticket, by, EventKind.SNOOZE, "snoozed_until", until, before, after)


def wake_snoozed_tickets(now: datetime, *, limit: int = 200) -> int:
    """Bring back tickets whose snooze is over; return how many. Safe beside other callers."""
    due = Ticket.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")
    woken = 0
    for pk in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            ticket = lock_ticket(pk)
            if ticket.snoozed_until is not None and ticket.snoozed_until <= now:
                _change(
                    ticket,
                    None,
                    EventKind.SNOOZE,
                    "snoozed_until",
                    None,
                    _iso(ticket.snoozed_until),
                    "",
                )
                woken += 1
    return woken


def move_ticket_to_customer(by: Agent | None, ticket_id: int, customer: Customer) -> Ticket:
    """Give one ticket and what its customer said in it to `customer`. Publishes TicketChanged when it differs."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        before = ticket.customer
        Message.objects.filter(ticket=ticket, customer=before).update(customer=customer)
        return _change(ticket, by, EventKind.CUSTOMER, "customer", customer, str(before), str(customer))


def move_customer_tickets(customer: Customer, survivor: Customer) -> None:
    """Give every ticket and message of `customer` to `survivor`, with a line in each history."""
    with transaction.atomic():
        for pk in customer.tickets.order_by("pk").values_list("pk", flat=True):
            ticket = lock_ticket(pk)
            _change(
                ticket,
                None,
                EventKind.CUSTOMER,
                "customer",
                survivor,
                str(ticket.customer),
                str(survivor),
            )
        Message.objects.filter(customer=customer).update(customer=survivor)


def _check_assignable(ticket: Ticket, assignee: Agent) -> None:
    if not assignee.is_active or not visible_brands(assignee).filter(pk=ticket.brand_id).exists():
        raise Invalid(
            _("%(name)s cannot be given this ticket: not active, or not working for this brand.")
            % {"name": assignee.name}
        )


def _change(
    ticket: Ticket,
    by: Actor,
    kind: EventKind,
    field: str,
    value: Any,
    before: Any,
    after: Any,
) -> Ticket:
    """Write one field of the locked ticket with its line in the history; nothing when it stays the same."""
    if getattr(ticket, field) == value:
        return ticket
    setattr(ticket, field, value)
    ticket.save(update_fields=[field])
    record(ticket, kind, by, **{"from": before, "to": after})
    _publish(ticket, field)
    return ticket


def _publish(ticket: Ticket, field: str) -> None:
    publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=(field,)))


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
