"""Rules are refused while they are set up when contacts would wait for ever under them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from agents.actions import note_presence, set_availability
from agents.models import Agent, Availability, Brand
from crm.models import Customer
from tests import factories
from tickets.models import Desk, FullRule, TeamRouting
from tickets.routing import enter, take
from tickets.routing.desks import open_desk

pytestmark = pytest.mark.django_db


def refused(**rules: Any) -> set[str]:
    with pytest.raises(ValidationError) as raised:
        TeamRouting(**rules).full_clean()
    return set(raised.value.message_dict)


def test_a_team_of_another_brand_has_no_say(brand: Brand, other_brand: Brand) -> None:
    stranger = factories.team("Theirs", other_brand)
    assert refused(brand=brand, team=stranger) == {"team"}
    assert refused(brand=brand, overflow_team=stranger) == {"overflow_team"}


def test_overflow_is_another_team_and_there_is_one(brand: Brand) -> None:
    team = factories.team("Support", brand)
    assert refused(brand=brand, team=team, overflow_team=team) == {"overflow_team"}
    assert refused(brand=brand, full_rule=FullRule.OVERFLOW) == {"overflow_team"}
    TeamRouting(brand=brand, overflow_team=team, full_rule=FullRule.OVERFLOW).full_clean()


def test_a_contact_that_nobody_can_carry_is_refused(brand: Brand, ana: Agent) -> None:
    assert refused(brand=brand, chat_weight=100 * ana.chat_capacity + 1) == {"chat_weight"}
    TeamRouting(brand=brand, chat_weight=100 * ana.chat_capacity).full_clean()


@pytest.mark.django_db(transaction=True)
class TestIdle:
    """What "longest idle" counts from."""

    @pytest.fixture
    def yesterday(self, ana: Agent) -> datetime:
        then = timezone.now() - timedelta(days=1)
        open_desk(ana, then)
        return then

    def test_begins_when_somebody_comes_online(self, ana: Agent, yesterday: datetime) -> None:
        set_availability(ana.pk, Availability.AWAY)
        assert Desk.objects.get().idle_since == yesterday
        set_availability(ana.pk, Availability.ONLINE)
        assert Desk.objects.filter(idle_since__gte=timezone.now() - timedelta(minutes=1)).exists()

    def test_begins_when_a_closed_console_opens_again(self, ana: Agent, yesterday: datetime) -> None:
        note_presence(ana.pk)
        assert Desk.objects.filter(idle_since__gte=timezone.now() - timedelta(minutes=1)).exists()

    def test_does_not_begin_while_something_is_carried(
        self, ana: Agent, brand: Brand, mia: Customer, yesterday: datetime
    ) -> None:
        ticket = factories.ticket(mia, brand, channel="chat")
        enter(ticket, now=timezone.now())
        take(ana, ticket.pk, now=timezone.now())
        set_availability(ana.pk, Availability.ONLINE)
        assert Desk.objects.get().idle_since is None
