"""A thousand things at once, on connections of their own: never two agents on one contact, never over capacity."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection, connections
from django.db.models import Sum
from django.utils import timezone

from agents.actions import set_availability
from agents.models import Agent, AgentSkill, Availability, Brand, Skill
from core.errors import AppError
from crm.models import Customer
from tests import factories
from tickets.actions import change_priority
from tickets.models import (
    LOADING,
    Desk,
    EntryState,
    Mode,
    Offer,
    OfferState,
    Priority,
    QueueEntry,
    TeamRouting,
    Ticket,
)
from tickets.routing import Need, decline, drain, end, enter, hand_over, put_back, sweep, take

pytestmark = pytest.mark.django_db(transaction=True)

THINGS = 1000
AT_ONCE = 12


def at_once(jobs: list[Callable[[], object]]) -> Counter[str]:
    """Run them on AT_ONCE connections; count what came of them. Errors that a person would read are fine, no others."""

    def run(job: Callable[[], object]) -> str:
        try:
            job()
            return "done"
        except AppError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, jobs))


def check_books() -> None:
    """The desks' loads are what the entries say, and within capacity."""
    carried = QueueEntry.objects.filter(state__in=LOADING).values_list("agent").annotate(load=Sum("weight"))
    assert {desk.pk: desk.load for desk in Desk.objects.filter(load__gt=0)} == dict(carried)
    for desk in Desk.objects.all():
        assert desk.load <= desk.capacity
    held = QueueEntry.objects.filter(state=EntryState.OFFERED).values_list("pk", flat=True)
    assert set(held) == set(Offer.objects.filter(state=OfferState.OFFERED).values_list("entry", flat=True))


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def german() -> Skill:
    return Skill.objects.create(name="German", kind="language", language="de")


@pytest.fixture
def staff(brand: Brand, german: Skill, now: datetime) -> list[Agent]:
    TeamRouting.objects.create(brand=brand, mode=Mode.OFFER)
    staff = [
        factories.agent(f"Agent {n}", brands=[brand], availability=Availability.ONLINE, last_seen_at=now)
        for n in range(10)
    ]
    AgentSkill.objects.bulk_create([AgentSkill(agent=one, skill=german, level=3) for one in staff[::3]])
    return staff


def contacts(of: Customer, brand: Brand, number: int) -> list[Ticket]:
    return [factories.ticket(of, brand, channel="chat", subject=str(n)) for n in range(number)]


def test_of_a_thousand_who_take_one_place_each_nobody_gets_more_than_their_capacity(
    mia: Customer, brand: Brand, staff: list[Agent], now: datetime
) -> None:
    tickets = contacts(mia, brand, 50)
    for ticket in tickets:
        enter(ticket, now=now)
    draw = random.Random(1)
    pairs = [(draw.choice(staff), draw.choice(tickets)) for _n in range(THINGS)]
    results = at_once([partial(take, agent, ticket.pk, now=now) for agent, ticket in pairs])
    assert set(results) <= {"done", "taken", "at_capacity"}
    assert {desk.load for desk in Desk.objects.all()} == {300}, "ten agents with three places each, all taken"
    carried = QueueEntry.objects.filter(state__in=LOADING)
    assert carried.values("ticket").distinct().count() == carried.count() == 30
    check_books()


def test_everything_at_once_leaves_the_books_right_and_nobody_waiting_beside_a_free_agent(
    mia: Customer, brand: Brand, staff: list[Agent], german: Skill, now: datetime
) -> None:
    tickets = contacts(mia, brand, 40)
    draw = random.Random(2)

    def thing() -> Callable[[], object]:
        agent, ticket = draw.choice(staff), draw.choice(tickets)
        needs = [Need(german.pk, 3)] if ticket.pk % 4 == 0 else []
        return draw.choice(
            [
                lambda: enter(ticket, now=now, required=needs),
                lambda: enter(ticket, now=now, required=needs),
                lambda: drain(brand.pk, now=now),
                lambda: take(agent, ticket.pk, now=now),
                lambda: decline(agent, ticket.pk, now=now),
                lambda: end(ticket.pk, now=now),
                lambda: put_back(ticket.pk, agent, now=now),
                lambda: hand_over(ticket.pk, agent, now=now),
                lambda: set_availability(agent.pk, draw.choice([Availability.ONLINE, Availability.AWAY]), now=now),
                lambda: sweep(now),
            ]
        )

    results = at_once([thing() for _n in range(THINGS)])
    assert set(results) <= {"done", "taken", "at_capacity", "offer_over"}
    check_books()
    Agent.objects.update(availability=Availability.ONLINE)
    sweep(now)
    check_books()
    _check_nobody_waits_beside_a_free_agent(staff)


def test_order_by_priority_and_wait_is_kept_while_everything_moves(
    mia: Customer, brand: Brand, staff: list[Agent], now: datetime
) -> None:
    """A contact is never asked about for the first time before one that is ahead of it in line.

    Offers are numbered under the brand's lock, so their numbers are the order of the decisions.
    """
    TeamRouting.objects.update(mode=Mode.PICK)  # all are in line before the first decision
    draw = random.Random(3)
    tickets = contacts(mia, brand, 60)
    for ticket in tickets:
        change_priority(None, ticket.pk, draw.choice(Priority.values), now=now)
        enter(ticket, now=now - timedelta(seconds=draw.randrange(600)))
    line = list(QueueEntry.objects.order_by("-priority", "entered_at", "pk").values_list("pk", flat=True))
    late = contacts(mia, brand, 20)
    TeamRouting.objects.update(mode=Mode.OFFER)

    def thing() -> Callable[[], object]:
        agent, ticket = draw.choice(staff), draw.choice(tickets)
        return draw.choice(
            [
                lambda: drain(brand.pk, now=now),
                lambda: drain(brand.pk, now=now),
                lambda: enter(draw.choice(late), now=now),
                lambda: decline(agent, ticket.pk, now=now),
                lambda: _end_what_is_offered(agent, now),
                lambda: _end_what_is_offered(agent, now),
                lambda: set_availability(agent.pk, draw.choice([Availability.ONLINE, Availability.AWAY]), now=now),
                lambda: sweep(now),
            ]
        )

    results = at_once([thing() for _n in range(THINGS)])
    assert set(results) <= {"done", "taken", "offer_over"}
    first_asked = list(dict.fromkeys(Offer.objects.order_by("pk").values_list("entry", flat=True)))
    assert len(first_asked) > 40
    mine = [entry for entry in first_asked if entry in set(line)]
    assert mine == line[: len(mine)]
    check_books()


def _end_what_is_offered(agent: Agent, now: datetime) -> None:
    entry = QueueEntry.objects.filter(agent=agent, state=EntryState.OFFERED).first()
    if entry is not None:
        take(agent, entry.ticket_id, now=now)
        end(entry.ticket_id, now=now)


def _check_nobody_waits_beside_a_free_agent(staff: list[Agent]) -> None:
    free = {desk.agent_id for desk in Desk.objects.all() if desk.load + 100 <= desk.capacity}
    skilled = set(AgentSkill.objects.values_list("agent", flat=True))
    for entry in QueueEntry.objects.filter(state=EntryState.WAITING):
        may = (free & skilled if entry.required else free) - set(
            Offer.objects.filter(entry=entry, state=OfferState.DECLINED).values_list("agent", flat=True)
        )
        assert not may, f"{entry} waits beside {may}"


def test_two_sweeps_at_once_do_everything_once(mia: Customer, brand: Brand, staff: list[Agent], now: datetime) -> None:
    for ticket in contacts(mia, brand, 20):
        enter(ticket, now=now)
    at_once([lambda: sweep(now)] * 20)
    assert Offer.objects.count() == 20
    check_books()


def test_the_database_itself_refuses_too_much(brand: Brand, staff: list[Agent], now: datetime) -> None:
    Desk.objects.create(agent=staff[0], load=0, capacity=100)
    with pytest.raises(Exception, match="desk_never_over_capacity"), connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_desk SET load = 101")
