"""What is decided at the same time is decided fairly, and what it costs stays pinned."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import Agent, Availability, Brand
from crm.models import Customer
from tests import factories
from tickets.models import Desk, Mode, QueueEntry, TeamRouting
from tickets.routing import drain, enter

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = 4
ROUNDS = 10


@pytest.fixture
def agents(brand: Brand) -> list[Agent]:
    now = timezone.now()
    return [
        factories.agent(f"Agent {n}", brands=[brand], availability=Availability.ONLINE, last_seen_at=now)
        for n in range(AGENTS)
    ]


def waits(brand: Brand, customer: Customer, count: int) -> None:
    """In line, before anybody decides."""
    for _contact in range(count):
        enter(factories.ticket(customer, brand, channel="chat"), now=timezone.now())
    TeamRouting.objects.update_or_create(brand=brand, defaults={"mode": Mode.OFFER})


def test_drains_at_once_pass_nobody_over(mia: Customer, brand: Brand, agents: list[Agent]) -> None:
    for _round in range(ROUNDS):
        for model in (TeamRouting, QueueEntry, Desk):
            model.objects.all().delete()
        waits(brand, mia, AGENTS)
        barrier = threading.Barrier(AGENTS)

        def one(_n: int, barrier: threading.Barrier = barrier) -> int:
            try:
                barrier.wait(10)
                return drain(brand.pk, now=timezone.now(), limit=1)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(AGENTS) as pool:
            assert sum(pool.map(one, range(AGENTS))) == AGENTS
        assert list(Desk.objects.values_list("load", flat=True)) == [100] * AGENTS


def test_a_decision_costs_a_fixed_number_of_statements(mia: Customer, brand: Brand, agents: list[Agent]) -> None:
    waits(brand, mia, 8)
    drain(brand.pk, now=timezone.now(), limit=1)  # desks are open from here on
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(connections["default"]) as queries:
            assert drain(brand.pk, now=timezone.now(), limit=limit) == limit
        counts.append(len(queries))
    first, third = counts
    assert first <= 14
    assert (third - first) / 2 <= 9  # of each further one
