from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.actions import set_availability
from agents.models import Agent, Availability, Brand, Role
from agents.permissions import check_admin, check_supervisor, visible_brands
from core.errors import Forbidden, Invalid
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_address_signs_in_in_any_spelling_and_only_once(ana: Agent) -> None:
    assert Agent.objects.get_by_natural_key(" ANA@agents.example.com ") == ana
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.agent("Ana")


def test_the_database_refuses_an_unknown_role_and_a_capital_address(ana: Agent) -> None:
    for change in ({"role": "emperor"}, {"email": "Ana@agents.example.com"}, {"availability": "asleep"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agent.objects.filter(pk=ana.pk).update(**change)


def test_a_time_zone_must_exist(ana: Agent) -> None:
    ana.time_zone = "Mars/Olympus"
    with pytest.raises(ValidationError, match="not a known time zone"):
        ana.full_clean()


def test_roles_open_doors_and_leaving_closes_them(ana: Agent, leo: Agent, ada: Agent) -> None:
    check_supervisor(leo)
    check_supervisor(ada)
    check_admin(ada)
    with pytest.raises(Forbidden):
        check_supervisor(ana)
    with pytest.raises(Forbidden):
        check_admin(leo)
    ada.is_active = False
    with pytest.raises(Forbidden):
        check_admin(ada)
    assert (leo.is_staff, ada.has_perm("anything")) == (False, False)


def test_agents_see_their_brands_and_administrators_all(
    ana: Agent, ada: Agent, brand: Brand, other_brand: Brand
) -> None:
    assert list(visible_brands(ana)) == [brand]
    assert set(visible_brands(ada)) == {brand, other_brand}


def test_availability_periods_follow_each_other_without_gap_or_overlap(ana: Agent) -> None:
    start = timezone.now()
    set_availability(ana.pk, Availability.ONLINE, now=start)
    set_availability(ana.pk, Availability.ONLINE, now=start + timedelta(minutes=5))
    away = set_availability(ana.pk, Availability.AWAY, reason="Lunch", now=start + timedelta(minutes=10))
    periods = list(ana.availability_periods.order_by("started_at"))
    assert [(p.state, p.reason) for p in periods] == [("online", ""), ("away", "Lunch")]
    assert periods[0].ended_at == away.started_at
    ana.refresh_from_db()
    assert (ana.availability, ana.away_reason) == ("away", "Lunch")


def test_an_unknown_availability_is_refused(ana: Agent) -> None:
    with pytest.raises(Invalid):
        set_availability(ana.pk, "asleep")


def test_an_administrator_made_on_the_command_line_is_one() -> None:
    assert Agent.objects.create_superuser("Root@Example.com", "x").role == Role.ADMIN
