from __future__ import annotations

from collections.abc import Iterable

from core.errors import NotFound
from tickets.models import Ticket


def lock_ticket(ticket_id: int) -> Ticket:
    """The ticket under its row lock until the surrounding transaction ends. Raises NotFound.

    FOR NO KEY UPDATE: serialises writers without blocking the foreign key checks of rows that point here.
    """
    ticket = (
        Ticket.objects.select_for_update(no_key=True, of=("self",))
        .select_related("customer", "brand", "assignee")
        .filter(pk=ticket_id)
        .first()
    )
    if ticket is None:
        raise NotFound()
    return ticket


def lock_tickets(ticket_ids: Iterable[int]) -> dict[int, Ticket]:
    """Those of the tickets that exist, by id, under their row locks, taken in the order of their ids: two callers can
    never wait for each other. One object per ticket."""
    # In SQL, for composing it takes Django longer than the server needs to answer it.
    locked = Ticket.objects.raw(
        "SELECT * FROM tickets_ticket WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(ticket_ids)]
    )
    return {ticket.pk: ticket for ticket in locked}
