"""Whether somebody is there to chat with and has room in line, and when next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agents.hours import calendar_of, is_open, next_opening
from agents.models import Brand, Team
from agents.selectors import available_agents
from chat.queue import Full, Line, turned_away


@dataclass(frozen=True, slots=True)
class Opening:
    """
    Attributes:
        live: within business hours, an agent is there, and the line takes one more.
        opens_at: the next opening while it is closed, UTC.
        full: what a visitor of the full line is told and offered; None while there is room.
    """

    live: bool
    opens_at: datetime | None
    full: Full | None = None


def opening_of(brand: Brand, team: Team | None, now: datetime) -> Opening:
    """Of a brand, or of one of its teams."""
    calendar = calendar_of(brand, team)
    if not is_open(calendar, now):
        return Opening(False, next_opening(calendar, now))
    team_id = team.pk if team else None
    if not available_agents(brand.pk, team_id, now=now).exists():
        return Opening(False, None)
    full = turned_away(Line(brand.pk, team_id), now=now)
    return Opening(full is None, None, full)
