"""Reads about people: who is there to take work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from agents.models import Agent, Availability, Role, Skill

PRESENCE_SECONDS = 10.0
"""An open console notes its presence this often."""
CONSOLE_OPEN_WITHIN = timedelta(seconds=30)
"""Three notes may be late before a console counts as closed and its agent gets no new work."""


def available_agents(brand_id: int, team_id: int | None = None, *, now: datetime) -> QuerySet[Agent]:
    """Agents who may be given work of this brand (and team) at this moment: online, with an open console."""
    there = Agent.objects.filter(
        is_active=True, availability=Availability.ONLINE, last_seen_at__gte=now - CONSOLE_OPEN_WITHIN
    )
    there = there.filter(Q(brands=brand_id) | Q(role=Role.ADMIN))
    if team_id is not None:
        there = there.filter(teams=team_id)
    return there.distinct()


def hand_back_after() -> timedelta:
    """How long somebody's console may be closed before what they hold goes back to its line; not before it counts as
    closed, or they would be the next to be asked."""
    return max(timedelta(seconds=settings.HAND_BACK_SECONDS), CONSOLE_OPEN_WITHIN)


def agents_gone(*, now: datetime) -> QuerySet[Agent]:
    """Whose console has been closed for longer than the grace. Who never had one open (an integration) is not gone."""
    return Agent.objects.filter(last_seen_at__lt=now - hand_back_after())


def is_at_desk(agent: Agent, *, now: datetime) -> bool:
    """Whether the agent's console is open."""
    return agent.last_seen_at is not None and agent.last_seen_at >= now - CONSOLE_OPEN_WITHIN


def language_skill(language: str) -> Skill | None:
    """The skill of speaking `language`, a BCP 47 tag: "pt-BR" itself, else "pt"; None when nobody set one up."""
    tag = language.strip().lower().replace("_", "-")
    main = tag.split("-")[0]
    known = {skill.language: skill for skill in Skill.objects.filter(language__in={tag, main} - {""})}
    return known.get(tag) or known.get(main)
