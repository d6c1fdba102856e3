"""After commit: show the widget what changed in its chat, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from chat.events import ChatStateChanged
from chat.live import push_messages, push_state
from chat.models import ChatSession
from core.events import subscribe, subscribe_batch
from tickets.events import MessagePosted
from tickets.models import Visibility


@subscribe_batch(MessagePosted)
def show_messages(events: Sequence[MessagePosted]) -> None:
    """Public messages of a chat go to its widget: replies, and the visitor's own words to their other tabs."""
    if public := [event.message_id for event in events if event.visibility == Visibility.PUBLIC]:
        push_messages(public)


@subscribe(ChatStateChanged)
def show_state(event: ChatStateChanged) -> None:
    push_state(ChatSession.objects.select_related("accepted_by").get(pk=event.session_id))
