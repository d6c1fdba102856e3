"""What goes to the sockets of one chat. Public messages only: this module is the single writer to `chat.<pk>`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Subquery

from chat.frames import CHANNEL, message_frame, state_frame
from chat.models import ChatSession
from core.live import gathered, push
from tickets.models import Message, Visibility


def group_of(session_id: int) -> str:
    return f"chat.{session_id}"


def push_frame(session_id: int, frame: dict[str, Any]) -> None:
    """Send a ready frame to every open widget of the session. A hint: who misses it asks again by `seq`."""
    push(group_of(session_id), frame)


def push_messages(message_ids: Sequence[int]) -> None:
    """Show messages in their widgets, in their order. Anything that is not public and of this channel is left out,
    whoever asks. A fixed number of queries."""
    public = {"visibility": Visibility.PUBLIC, "channel": CHANNEL}
    before = Message.objects.filter(ticket_id=OuterRef("ticket_id"), seq__lt=OuterRef("seq"), **public).order_by("-seq")
    messages = (
        Message.objects.filter(pk__in=message_ids, ticket__chat_session__isnull=False, **public)
        .annotate(session_id=Subquery(ChatSession.objects.filter(ticket_id=OuterRef("ticket_id")).values("pk")[:1]))
        .annotate(prev=Subquery(before.values("seq")[:1]))
        .select_related("agent")
        .prefetch_related("attachments")
        .order_by("ticket_id", "seq")
    )
    with gathered():
        for message in messages:
            push_frame(message.session_id, message_frame(message, message.prev or 0))


def push_state(session: ChatSession) -> None:
    push_frame(session.pk, state_frame(session))
