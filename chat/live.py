"""What goes to the sockets of one chat. Public messages only: this module is the single writer to `chat.<pk>`."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Fresh:
    """A message without files that this thread has just written, and what else its frame needs."""

    session_id: int
    message: Message
    prev: int


_at_hand: ContextVar[dict[int, Fresh] | None] = ContextVar("messages at hand", default=None)


@contextmanager
def at_hand() -> Generator[dict[int, Fresh]]:
    """Messages put here by their id are shown inside the block without being read again: rows of messages never change,
    and whether they were committed is said by the event."""
    fresh: dict[int, Fresh] = {}
    token = _at_hand.set(fresh)
    try:
        yield fresh
    finally:
        _at_hand.reset(token)


def push_messages(message_ids: Sequence[int]) -> None:
    """Show messages in their widgets, in their order. Anything that is not public and of this channel is left out,
    whoever asks."""
    fresh = _at_hand.get() or {}
    with gathered():
        for one in (fresh[pk] for pk in message_ids if pk in fresh):
            if one.message.is_public and one.message.channel == CHANNEL:
                push_frame(one.session_id, message_frame(one.message, one.prev, attachments=()))
        if unread := [pk for pk in message_ids if pk not in fresh]:
            _push_read(unread)


def _push_read(message_ids: Sequence[int]) -> None:
    """A fixed number of queries."""
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
    for message in messages:
        push_frame(message.session_id, message_frame(message, message.prev or 0))


def push_state(session: ChatSession) -> None:
    push_frame(session.pk, state_frame(session))
