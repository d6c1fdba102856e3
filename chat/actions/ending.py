from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agents.models import Agent
from chat.actions.transitions import to_ended
from chat.locking import lock_session
from chat.models import ChatSession, EndedBy


def end_chat(session: ChatSession, by: Agent | None, *, now: datetime | None = None) -> ChatSession:
    """End the chat; `by` is the agent, or None for the visitor. Ending an ended chat changes nothing.

    The ticket's status stays: whether the matter is solved is the agent's word. Publishes ChatStateChanged.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        if locked.is_open:
            ended_by = EndedBy.AGENT if by else EndedBy.VISITOR
            to_ended(locked, by or locked.ticket.customer, ended_by, now or timezone.now())
    return locked
