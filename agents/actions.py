"""Changes to people and their availability."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.events import AvailabilityChanged
from agents.models import Agent, Availability, AvailabilityPeriod
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


def deactivate_agent(agent_id: int) -> None:
    """End somebody's time here: they are signed out, take no work, and stay the author of what they wrote."""
    with transaction.atomic():
        Agent.objects.filter(pk=agent_id).update(is_active=False)
        set_availability(agent_id, Availability.OFFLINE)


def activate_agent(agent_id: int) -> None:
    """Let somebody sign in again."""
    Agent.objects.filter(pk=agent_id).update(is_active=True)
