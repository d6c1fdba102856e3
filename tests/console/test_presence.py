"""Signing in says "I am here", signing out "I am gone": by it customers are told to chat or to leave a message."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.actions import set_availability
from agents.models import Agent, Availability
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client: Client, agent: Agent) -> None:
    answer = client.post("/accounts/login/", {"login": agent.email, "password": PASSWORD})
    assert answer.status_code == 302


def test_signing_in_is_being_there_and_signing_out_being_gone(client: Client, ana: Agent) -> None:
    sign_in(client, ana)
    ana.refresh_from_db()
    assert ana.availability == Availability.ONLINE
    client.post("/accounts/logout/")
    ana.refresh_from_db()
    assert ana.availability == Availability.OFFLINE
    assert [period.state for period in ana.availability_periods.order_by("started_at")] == ["online", "offline"]


def test_a_state_of_ones_own_choice_stays(client: Client, ana: Agent) -> None:
    set_availability(ana.pk, Availability.AWAY, reason="Lunch")
    sign_in(client, ana)
    ana.refresh_from_db()
    assert (ana.availability, ana.away_reason) == (Availability.AWAY, "Lunch")


def test_who_supervises_comes_to_look_and_takes_contacts_only_when_they_say_so(client: Client, leo: Agent) -> None:
    sign_in(client, leo)
    leo.refresh_from_db()
    assert leo.availability == Availability.OFFLINE
