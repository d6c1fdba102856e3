"""What tests of chats in the routing say again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.models import Agent, Brand
from chat.models import ChatSession
from tickets.models import AuthorKind, Desk, EntryState, Message, Mode, QueueEntry
from tickets.models import TeamRouting as Rules

Online = Callable[..., Agent]


def rules(brand: Brand, **fields: Any) -> Rules:
    return Rules.objects.create(brand=brand, **({"mode": Mode.OFFER} | fields))


def entry_of(session: ChatSession) -> QueueEntry:
    return QueueEntry.objects.filter(ticket=session.ticket_id).latest("pk")


def offered_to(session: ChatSession) -> Agent | None:
    entry = entry_of(session)
    return entry.agent if entry.state == EntryState.OFFERED else None


def load(agent: Agent) -> int:
    return Desk.objects.filter(agent=agent).values_list("load", flat=True).first() or 0


def fresh(session: ChatSession) -> ChatSession:
    return ChatSession.objects.select_related("ticket", "accepted_by").get(pk=session.pk)


def notices() -> list[str]:
    return list(Message.objects.filter(author_kind=AuthorKind.SYSTEM).values_list("text", flat=True))
