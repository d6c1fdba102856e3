"""The running promise of a ticket."""

from __future__ import annotations

from tickets.models import SlaKind, SlaTimer, Ticket


def first_response_clock(ticket: Ticket) -> SlaTimer | None:
    """The newest first response timer, running or not; None when the brand sets no target."""
    return SlaTimer.objects.filter(ticket=ticket, kind=SlaKind.FIRST_RESPONSE).order_by("-pk").first()
