from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityChanged(Event):
    """Somebody chose another state, or is back at their console (`state` is then what it was)."""

    agent_id: int
    state: str
