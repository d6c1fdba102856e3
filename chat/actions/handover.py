"""Another agent goes on with a running chat."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.actions.notices import say_notice
from chat.events import ChatStateChanged
from chat.locking import lock_session
from chat.models import ChatSession, State
from core.events import publish

NOW_WITH = _("You are now talking with %(name)s.")


def follow_assignee(ticket_id: int, *, now: datetime | None = None) -> bool:
    """The running chat of a ticket that was given to somebody else becomes theirs, and the visitor is told.

    False when there is nothing to follow. Publishes ChatStateChanged and MessagePosted.
    """
    running = ChatSession.objects.filter(ticket_id=ticket_id, state=State.ACTIVE).values_list("pk", flat=True)
    session_id = running.first()
    if session_id is None:
        return False
    with transaction.atomic():
        session = lock_session(session_id)
        assignee = session.ticket.assignee
        if session.state != State.ACTIVE or assignee is None or assignee.pk == session.accepted_by_id:
            return False
        session.accepted_by = assignee
        session.save(update_fields=["accepted_by"])
        say_notice(session, NOW_WITH, {"name": assignee.name}, now=now or timezone.now())
        ticket = session.ticket
        publish(
            ChatStateChanged(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=session.state)
        )
    return True
