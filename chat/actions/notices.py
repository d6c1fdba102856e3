"""Lines of the house in the talk: "Are you still there?". In the visitor's language, stored and replayed as all words.

Every function expects the ticket's row lock and a surrounding transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import translation
from django.utils.functional import Promise

from chat.frames import CHANNEL
from chat.languages import choose_language
from chat.models import ChatSession
from tickets.actions import post_system_message
from tickets.models import Message


def say_notice(
    session: ChatSession, sentence: str | Promise, values: Mapping[str, str] | None = None, *, now: datetime
) -> Message:
    """Post `sentence`, lazily translated and with %-names, as a line of the house."""
    with translation.override(choose_language(session.language)):
        text = str(sentence) % (values or {})
    return post_system_message(session.ticket_id, text, channel=CHANNEL, now=now)
