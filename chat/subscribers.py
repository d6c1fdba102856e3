"""After commit: show the widget what changed in its chat, and nothing else."""

from __future__ import annotations

from chat.events import ChatStateChanged
from chat.live import push_message, push_state
from chat.models import ChatSession
from core.events import subscribe
from tickets.events import MessagePosted
from tickets.models import Message, Visibility


@subscribe(MessagePosted)
def show_message(event: MessagePosted) -> None:
    """Public messages of a chat go to its widget: replies, and the visitor's own words to their other tabs."""
    if event.visibility != Visibility.PUBLIC:
        return
    session = ChatSession.objects.filter(ticket_id=event.ticket_id).first()
    if session is not None:
        push_message(session, Message.objects.select_related("agent").get(pk=event.message_id))


@subscribe(ChatStateChanged)
def show_state(event: ChatStateChanged) -> None:
    push_state(ChatSession.objects.select_related("accepted_by").get(pk=event.session_id))
