"""A chat goes on as email: its agent has asked for an address, or the customer cannot stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from chat.actions.ending import end_chat
from chat.actions.identity import identify_visitor
from chat.locking import lock_session
from chat.models import ChatSession
from core.errors import Invalid
from crm.actions import check_email
from tickets.letters import can_send


def follow_up_by_email(agent: Agent, session_id: int, email: str, *, now: datetime) -> ChatSession:
    """The chat ends if it still runs; what is answered from now on goes to `email` too.

    Raises Invalid for what is no email address or when the brand cannot send mail. Publishes ChatStateChanged.
    """
    check_email(email)
    with transaction.atomic():
        session = identify_visitor(session_id, email=email)
        locked = lock_session(session.pk)
        if not can_send(locked.ticket.brand):
            raise Invalid(_("Answers cannot be sent by email here at the moment."), code="no_mailbox")
        locked.reply_by_email = True
        locked.save(update_fields=["reply_by_email"])
        return end_chat(locked, agent, now=now)
