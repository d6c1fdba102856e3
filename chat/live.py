"""What goes to the sockets of one chat. Public messages only: this module is the single writer to `chat.<pk>`."""

from __future__ import annotations

from typing import Any

from chat.frames import CHANNEL, message_frame, state_frame
from chat.models import ChatSession
from core.live import push
from tickets.models import Message


def group_of(session_id: int) -> str:
    return f"chat.{session_id}"


def push_frame(session_id: int, frame: dict[str, Any]) -> None:
    """Send a ready frame to every open widget of the session. A hint: who misses it asks again by `seq`."""
    push(group_of(session_id), {"type": "chat.frame", "frame": frame})


def push_message(session: ChatSession, message: Message) -> None:
    """Show a message in the widget. Anything that is not public and of this channel is refused, whoever asks."""
    if message.is_public and message.channel == CHANNEL:
        push_frame(session.pk, message_frame(message))


def push_state(session: ChatSession) -> None:
    push_frame(session.pk, state_frame(session))
