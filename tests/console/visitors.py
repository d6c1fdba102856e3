"""Visitors who begin chats, as the widget would."""

from __future__ import annotations

import hashlib
import itertools
from datetime import datetime

from agents.models import Brand
from chat.actions import NewChat, start_chat
from chat.actions.starting import Surroundings
from chat.models import ChatSession, Widget
from tickets.content import NewMessage

_numbers = itertools.count()


def chat(
    brand: Brand, words: str = "Hi, anybody there?", *, name: str = "Zoë", now: datetime | None = None
) -> ChatSession:
    """A chat that somebody new has just begun."""
    widget, _made = Widget.objects.get_or_create(
        brand=brand, name="Shop", defaults={"allowed_domains": ["shop.example.com"]}
    )
    number = next(_numbers)
    visitor = hashlib.sha256(f"{name} {number}".encode()).hexdigest()
    around = Surroundings(page_url="https://shop.example.com/tents", page_title="Tents", time_zone="Europe/Athens")
    new = NewChat(visitor, NewMessage(words, client_id=f"start-{number:04}"), name=name, surroundings=around)
    return start_chat(widget, new, now=now)
