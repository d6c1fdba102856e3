"""Filling in a ticket's fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from core.errors import NotFound
from core.events import publish
from tickets.events import TicketChanged
from tickets.fields import as_shown, fields_of
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import EventKind, Ticket


def set_values(by: Agent | None, ticket_id: int, values: Mapping[str, Any], *, now: datetime | None = None) -> Ticket:
    """Set parsed `values` (`tickets.fields.parse`; None empties) and record each that differs in words.

    Raises NotFound for a key that the ticket does not have. Publishes TicketChanged when something differs.
    """
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        fields = {field.key: field for field in fields_of(ticket)}
        changed = False
        for key, value in values.items():
            field = fields.get(key)
            if field is None:
                raise NotFound()
            before = ticket.values.get(key)
            if before == value:
                continue
            changed = True
            words = {"from": as_shown(field, before), "to": as_shown(field, value)}
            record(ticket, EventKind.FIELD, by, at=now or timezone.now(), key=key, label=str(field.label), **words)
            ticket.values.pop(key, None)
            if value is not None:
                ticket.values[key] = value
        if changed:
            ticket.save(update_fields=["values"])
            publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=("values",)))
    return ticket
