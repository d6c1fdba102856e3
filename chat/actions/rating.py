"""How it was: the visitor's verdict."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from chat.events import ChatStateChanged
from chat.frames import CHANNEL
from chat.models import ChatSession, State
from core.errors import Conflict, Forbidden
from core.events import publish
from tickets.actions import rate_ticket
from tickets.models import Rating


def rate_chat(session: ChatSession, *, score: int, comment: str = "", now: datetime | None = None) -> Rating:
    """Keep the visitor's verdict on whoever answered; a later one replaces it.

    Raises Forbidden when the widget asks for none, Conflict before anybody answered, Invalid for a score outside
    1 to 5, TooLarge. Publishes TicketRated and ChatStateChanged (to the visitor's other tabs).
    """
    if not session.widget.offer_rating:
        raise Forbidden(_("This chat asks for no rating."))
    if session.state == State.WAITING or session.accepted_by is None:
        raise Conflict(_("Nobody has answered yet, so there is nothing to rate."), code="not_answered")
    rating = rate_ticket(
        session.ticket_id,
        score=score,
        comment=comment,
        channel=CHANNEL,
        agent=session.accepted_by,
        by=session.ticket.customer,
        now=now,
    )
    publish(
        ChatStateChanged(
            session_id=session.pk, ticket_id=session.ticket_id, brand_id=session.ticket.brand_id, state=session.state
        )
    )
    return rating
