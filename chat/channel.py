"""How the hub's replies reach the visitor."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Greatest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.actions.fallback import mail_later
from chat.actions.talking import MAX_CHARACTERS
from chat.actions.transitions import to_active
from chat.frames import CHANNEL
from chat.models import ChatSession, State
from chat.selectors import session_of
from tickets.models import Delivery, Message, Ticket


class ChatChannel:
    """Implements `tickets.channels.Channel`. A reply is delivered by being committed: the widget is told at once
    (`chat.subscribers`) and otherwise finds it when it comes back."""

    key = CHANNEL
    label: str | Promise = gettext_lazy("Chat")
    icon = "message-circle"
    max_characters = MAX_CHARACTERS

    def recipient(self, ticket: Ticket) -> str:
        """Raises NotFound when the ticket has no chat (opened by other means)."""
        session = session_of(ticket)
        name = session.visitor_name or str(ticket.customer)
        if session.reply_by_email:
            return _("Chat with %(name)s, who left: goes by email too") % {"name": name}
        if session.is_open:
            return _("Chat with %(name)s") % {"name": name}
        return _("Chat with %(name)s, which has ended: seen when they come back") % {"name": name}

    def still_running(self, ticket: Ticket) -> str:
        session = ChatSession.objects.filter(ticket=ticket).first()
        if session is not None and session.is_open:
            return _("The chat of #%(number)s is still running: end it first.") % {"number": ticket.pk}
        return ""

    def enqueue(self, message: Message) -> None:
        """Under the ticket's lock. A reply accepts a waiting chat for whoever wrote it, and shows what they read."""
        session = session_of(message.ticket)
        session.ticket = message.ticket
        message.delivery = Delivery.SENT
        message.save(update_fields=["delivery"])
        self._note_read(session, message.seq)
        if session.state == State.WAITING:
            session.accepted_by = message.agent
            to_active(session, message.agent, message.created_at)
        if session.reply_by_email:
            mail_later(message, session.pk, message.created_at)

    def _note_read(self, session: ChatSession, seq: int) -> None:
        changes: dict[str, Any] = {"agent_seen_seq": Greatest("agent_seen_seq", seq)}
        ChatSession.objects.filter(pk=session.pk).update(**changes)
