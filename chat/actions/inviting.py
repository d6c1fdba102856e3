"""A colleague helps in a chat that stays its agent's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from chat.errors import ChatEnded
from chat.events import ColleaguesAsked
from chat.locking import lock_session
from chat.models import ChatGuest, ChatSession
from chat.permissions import check_colleague
from core.errors import Invalid
from core.events import publish
from tickets.history import record
from tickets.models import EventKind


def invite_colleague(session: ChatSession, by: Agent, colleague: Agent, *, now: datetime) -> ChatGuest:
    """`colleague` finds the chat among what they are asked, until they leave it or it ends. Twice changes nothing.

    Raises ChatEnded, Invalid for who cannot see the chat or has it. Publishes ColleaguesAsked.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        ticket = locked.ticket
        if not locked.is_open:
            raise ChatEnded(_("This chat has ended."))
        if colleague.pk in (by.pk, locked.accepted_by_id):
            raise Invalid(_("%(name)s is in this chat already.") % {"name": colleague.name})
        check_colleague(colleague, ticket.brand_id)
        guest, is_new = ChatGuest.objects.get_or_create(
            session=locked, agent=colleague, left_at=None, defaults={"invited_by": by, "joined_at": now}
        )
        if is_new:
            record(ticket, EventKind.CHAT, by, at=now, what="invited", name=colleague.name)
            _publish(locked, colleague)
    return guest


def leave_chat(session: ChatSession, colleague: Agent, *, now: datetime) -> bool:
    """The colleague is done helping. False when they were not in it. Publishes ColleaguesAsked."""
    with transaction.atomic():
        locked = lock_session(session.pk)
        guest = ChatGuest.objects.filter(session=locked, agent=colleague, left_at=None).first()
        if guest is None:
            return False
        guest.left_at = max(now, guest.joined_at)
        guest.save(update_fields=["left_at"])
        record(locked.ticket, EventKind.CHAT, colleague, at=now, what="left")
        _publish(locked, colleague)
    return True


def _publish(session: ChatSession, colleague: Agent) -> None:
    ticket = session.ticket
    publish(ColleaguesAsked(ticket_id=ticket.pk, brand_id=ticket.brand_id, agent_ids=(colleague.pk,)))
