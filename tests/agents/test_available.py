from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.actions import set_availability
from agents.models import Agent, Availability, Brand
from agents.selectors import available_agents
from tests import factories

pytestmark = pytest.mark.django_db


def there(agent: Agent, *, seconds_ago: int = 10, state: str = Availability.ONLINE) -> None:
    set_availability(agent.pk, state)
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=timezone.now() - timedelta(seconds=seconds_ago))


def test_available_is_online_with_an_open_console_in_this_brand_and_team(brand: Brand, ana: Agent, otto: Agent) -> None:
    now = timezone.now()
    there(ana)
    there(otto)
    assert list(available_agents(brand.pk, now=now)) == [ana]
    team = factories.team("Sales", brand)
    assert not available_agents(brand.pk, team.pk, now=now)
    ana.teams.add(team)
    assert list(available_agents(brand.pk, team.pk, now=now)) == [ana]


@pytest.mark.parametrize("state", [Availability.BUSY, Availability.AWAY, Availability.OFFLINE])
def test_who_is_not_online_is_not_available(state: str, brand: Brand, ana: Agent) -> None:
    there(ana, state=state)
    assert not available_agents(brand.pk, now=timezone.now())


def test_a_closed_console_takes_no_work(brand: Brand, ana: Agent) -> None:
    there(ana, seconds_ago=31)
    assert not available_agents(brand.pk, now=timezone.now())
