"""Changes to people and their availability."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.events import AgentReturned, AvailabilityChanged
from agents.models import Agent, Availability, AvailabilityPeriod
from agents.selectors import CONSOLE_OPEN_WITHIN
from core.errors import Invalid
from core.events import publish
from core.text import clean_line


def set_availability(agent_id: int, state: str, *, reason: str = "", now: datetime | None = None) -> AvailabilityPeriod:
    """Put an agent into `state`, closing the running period. Setting the same state and reason again changes nothing.

    Raises Invalid for an unknown state. Publishes AvailabilityChanged.
    """
    if state not in Availability.values:
        raise Invalid(_("There is no availability called “%(state)s”.") % {"state": clean_line(state, 40)})
    now = now or timezone.now()
    reason = clean_line(reason, 60) if state == Availability.AWAY else ""
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
        running = agent.availability_periods.filter(ended_at__isnull=True).first()
        if running and (running.state, running.reason) == (state, reason):
            return running
        if running:
            running.ended_at = max(now, running.started_at)
            running.save(update_fields=["ended_at"])
        agent.availability, agent.away_reason = state, reason
        agent.save(update_fields=["availability", "away_reason"])
        period = AvailabilityPeriod.objects.create(agent=agent, state=state, reason=reason, started_at=now)
        publish(AvailabilityChanged(agent_id=agent.pk, state=state))
    return period


def end_last_call(agent_id: int, *, now: datetime | None = None) -> bool:
    """The last contact of somebody on last call is over: they are away. False when they are not on last call."""
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
        if agent.availability != Availability.LAST_CALL:
            return False
        set_availability(agent_id, Availability.AWAY, now=now)
    return True


def note_presence(agent_id: int, *, now: datetime | None = None) -> bool:
    """Remember that the agent's console is open; True when it was closed until now.

    Coming back publishes AgentReturned: who was passed over gets work again.
    """
    now = now or timezone.now()
    with transaction.atomic():
        mine = Agent.objects.filter(pk=agent_id)
        back = mine.exclude(last_seen_at__gte=now - CONSOLE_OPEN_WITHIN).update(last_seen_at=now)
        if not back:
            mine.filter(last_seen_at__lt=now).update(last_seen_at=now)
            return False
        publish(AgentReturned(agent_id=agent_id))
    return True


def deactivate_agent(agent_id: int) -> None:
    """End somebody's time here: they are signed out, take no work, and stay the author of what they wrote."""
    with transaction.atomic():
        Agent.objects.filter(pk=agent_id).update(is_active=False)
        set_availability(agent_id, Availability.OFFLINE)


def activate_agent(agent_id: int) -> None:
    """Let somebody sign in again."""
    Agent.objects.filter(pk=agent_id).update(is_active=True)
