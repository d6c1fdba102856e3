"""Who else is looking at a conversation, or writing in it. Nothing is kept: pages say where they are, again and again,
and forget each other when they fall silent (docs/subsystems/console.md)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from agents.models import Agent
from console.groups import brand_group
from core.errors import NotFound
from core.live import push
from tickets.permissions import access_ticket

DOING = ("view", "write", "leave")
PER_SECOND = 5
"""Frames of one socket that are passed on; a page sends one in three seconds at most."""


@dataclass(slots=True)
class Whereabouts:
    """What one socket has said. `brand_id` spares the look into the database while its page stays where it is."""

    ticket: int = 0
    brand_id: int = 0
    second: int = 0
    said: int = 0

    def is_too_often(self) -> bool:
        now = int(time.monotonic())
        if now != self.second:
            self.second, self.said = now, 0
        self.said += 1
        return self.said > PER_SECOND


def brand_of(agent: Agent, ticket_id: int) -> int:
    """The brand whose consoles may hear that `agent` is at this conversation; 0 when they have no business there."""
    try:
        return access_ticket(agent, ticket_id, "view").brand_id
    except NotFound:
        return 0


def announce(agent: Agent, ticket_id: int, brand_id: int, doing: str) -> None:
    said = {"type": "colleague", "ticket": ticket_id, "agent": agent.pk, "name": agent.name, "do": doing}
    push(brand_group(brand_id), said)
