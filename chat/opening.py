"""Whether somebody is there to chat with, and when next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agents.hours import calendar_of, is_open, next_opening
from agents.models import Brand, Team
from agents.selectors import available_agents


@dataclass(frozen=True, slots=True)
class Opening:
    """`live`: within business hours and an agent is there. `opens_at`: the next opening while it is closed, UTC."""

    live: bool
    opens_at: datetime | None


def opening_of(brand: Brand, team: Team | None, now: datetime) -> Opening:
    """Of a brand, or of one of its teams."""
    calendar = calendar_of(brand, team)
    if not is_open(calendar, now):
        return Opening(False, next_opening(calendar, now))
    return Opening(available_agents(brand.pk, team.pk if team else None, now=now).exists(), None)
