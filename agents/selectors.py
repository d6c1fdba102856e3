"""Reads about people: who is there to take work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from agents.models import Agent, Availability, Role

CONSOLE_OPEN_WITHIN = timedelta(seconds=90)
"""An open console notes its presence every 30 s: three notes may be late before somebody counts as gone."""


def available_agents(brand_id: int, team_id: int | None = None, *, now: datetime) -> QuerySet[Agent]:
    """Agents who may be given work of this brand (and team) at this moment: online, with an open console."""
    there = Agent.objects.filter(
        is_active=True, availability=Availability.ONLINE, last_seen_at__gte=now - CONSOLE_OPEN_WITHIN
    )
    there = there.filter(Q(brands=brand_id) | Q(role=Role.ADMIN))
    if team_id is not None:
        there = there.filter(teams=team_id)
    return there.distinct()
