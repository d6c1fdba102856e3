from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityChanged(Event):
    agent_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReturned(Event):
    """A console that was closed is open again; the availability is what it was."""

    agent_id: int
