"""The customer's verdict on how a matter was handled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Invalid
from core.events import publish
from core.text import check_length, clean_text
from crm.models import Customer
from tickets.events import TicketRated
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import EventKind, Rating
from tickets.models.rating import HIGHEST, LOWEST

COMMENT_LIMIT = 2000


def rate_ticket(
    ticket_id: int,
    *,
    score: int,
    comment: str = "",
    channel: str,
    agent: Agent | None,
    by: Customer | None,
    now: datetime | None = None,
) -> Rating:
    """Keep the customer's rating; rating again replaces it. The same again changes nothing.

    `agent` is who is being rated. Raises Invalid for a score outside 1 to 5, TooLarge for a comment of more than 2,000
    characters. Publishes TicketRated.
    """
    if not LOWEST <= score <= HIGHEST:
        raise Invalid(_("Choose from %(lowest)s to %(highest)s.") % {"lowest": LOWEST, "highest": HIGHEST})
    comment = clean_text(comment).strip()
    check_length(comment, COMMENT_LIMIT)
    now = now or timezone.now()
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        before = Rating.objects.filter(ticket=ticket).first()
        if before and (before.score, before.comment) == (score, comment):
            return before
        values = {"score": score, "comment": comment, "channel": channel, "agent": agent, "rated_at": now}
        rating, _created = Rating.objects.update_or_create(ticket=ticket, defaults=values)
        record(ticket, EventKind.RATING, by, at=now, **{"from": before.score if before else None, "to": score})
        publish(TicketRated(ticket_id=ticket.pk, brand_id=ticket.brand_id, score=score))
    return rating
