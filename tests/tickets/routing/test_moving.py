"""From one queue into another: its skills, its second team, its rules."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from agents.models import Agent, AgentSkill, Availability, Brand, Skill, Team
from crm.models import Customer
from tests import factories
from tickets.actions import move_to_team
from tickets.models import Desk, EntryState, Mode, Offer, OfferState, QueueEntry, TeamRouting, Ticket
from tickets.routing import Need, drain, enter, put_back, sweep, take, written
from tickets.routing.written import sweep_written

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def sales(brand: Brand) -> Team:
    return factories.team("Sales", brand)


@pytest.fixture
def service(brand: Brand) -> Team:
    return factories.team("Service", brand)


def online(name: str, brand: Brand, now: datetime, *teams: Team) -> Agent:
    agent = factories.agent(name, brands=[brand], availability=Availability.ONLINE, last_seen_at=now)
    agent.teams.set(teams)
    return agent


def contact(of: Customer, brand: Brand, team: Team | None, now: datetime, *needs: Need) -> Ticket:
    ticket = factories.ticket(of, brand, channel="chat")
    move_to_team(None, ticket.pk, team, now=now)
    ticket.refresh_from_db()
    enter(ticket, now=now, required=needs)
    return ticket


def entry(ticket: Ticket) -> QueueEntry:
    return QueueEntry.objects.get(ticket=ticket)


@pytest.mark.parametrize("by", ["the ticket's team", "the one who had it"])
def test_another_queue_asks_for_its_own_skills_and_the_contact_keeps_its_own(
    by: str, mia: Customer, brand: Brand, sales: Team, service: Team, now: datetime
) -> None:
    german, repairs, greek = (Skill.objects.create(name=name) for name in ("German", "Repairs", "Greek"))
    TeamRouting.objects.create(brand=brand, team=sales, mode=Mode.OFFER).skills.create(skill=german, level=3)
    TeamRouting.objects.create(brand=brand, team=service, mode=Mode.OFFER).skills.create(skill=repairs, level=2)
    leo = online("Leo", brand, now, service)
    for skill in (repairs, greek):
        AgentSkill.objects.create(agent=leo, skill=skill, level=3)
    ticket = contact(mia, brand, sales, now, Need(greek.pk, 1))
    if by == "the ticket's team":
        move_to_team(None, ticket.pk, service, now=now)
    else:
        put_back(ticket.pk, None, now=now, team=service)
    assert entry(ticket).required == [{"skill": greek.pk, "level": 1}]
    assert drain(brand.pk, now=now) == 1
    assert entry(ticket).agent == leo


def test_the_old_queues_second_team_does_not_help_in_the_new_one(
    mia: Customer, brand: Brand, sales: Team, service: Team, now: datetime
) -> None:
    third = factories.team("Third", brand)
    TeamRouting.objects.create(brand=brand, team=sales, mode=Mode.OFFER, overflow_team=service)
    TeamRouting.objects.create(brand=brand, team=third, mode=Mode.OFFER)
    ticket = contact(mia, brand, sales, now)
    sweep(now + timedelta(seconds=61))
    assert entry(ticket).overflow_team == service
    online("Leo", brand, now, service)
    move_to_team(None, ticket.pk, third, now=now)
    assert entry(ticket).overflow_team is None
    assert drain(brand.pk, now=now) == 0


def test_who_was_asked_for_the_old_team_is_asked_no_more(
    mia: Customer, brand: Brand, sales: Team, service: Team, now: datetime
) -> None:
    TeamRouting.objects.create(brand=brand, mode=Mode.OFFER)
    leo = online("Leo", brand, now, sales)
    ticket = contact(mia, brand, sales, now)
    drain(brand.pk, now=now)
    move_to_team(None, ticket.pk, service, now=now)
    assert Offer.objects.get().state == OfferState.WITHDRAWN
    assert (entry(ticket).state, Desk.objects.get(agent=leo).load) == (EntryState.WAITING, 0)


def test_who_holds_it_keeps_it_when_its_team_changes(
    mia: Customer, brand: Brand, sales: Team, service: Team, now: datetime
) -> None:
    leo = online("Leo", brand, now, sales)
    ticket = contact(mia, brand, sales, now)
    take(leo, ticket.pk, now=now)
    move_to_team(None, ticket.pk, service, now=now)
    assert (entry(ticket).agent, Desk.objects.get(agent=leo).load) == (leo, 100)


def test_a_team_that_follows_the_brands_rules_is_helped_by_the_brands_second_team(
    mia: Customer, brand: Brand, sales: Team, service: Team, now: datetime
) -> None:
    TeamRouting.objects.create(brand=brand, mode=Mode.OFFER, overflow_team=service, overflow_after_seconds=60)
    leo = online("Leo", brand, now, service)
    ticket = contact(mia, brand, sales, now)
    assert sweep(now + timedelta(seconds=59)) == 0
    Agent.objects.update(last_seen_at=now + timedelta(seconds=61))
    sweep(now + timedelta(seconds=61))
    assert entry(ticket).agent == leo


def test_tickets_of_other_queues_do_not_keep_a_sweep_from_its_own(
    mia: Customer, brand: Brand, sales: Team, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "MOST_AT_ONCE", 2)
    for _n in range(3):
        factories.ticket(mia, brand)
    ticket = factories.ticket(mia, brand)
    move_to_team(None, ticket.pk, sales)
    TeamRouting.objects.create(brand=brand, team=sales, mode=Mode.OFFER, route_email=True)
    assert sweep_written(now) == 1
    assert entry(ticket).state == EntryState.WAITING


def test_a_team_with_rules_of_its_own_is_not_swept_by_the_brands(
    mia: Customer, brand: Brand, sales: Team, service: Team, now: datetime
) -> None:
    TeamRouting.objects.create(brand=brand, mode=Mode.OFFER, route_email=True)
    TeamRouting.objects.create(brand=brand, team=sales, mode=Mode.OFFER)
    tickets = {name: factories.ticket(mia, brand) for name in ("none", "sales", "service")}
    move_to_team(None, tickets["sales"].pk, sales)
    move_to_team(None, tickets["service"].pk, service)
    QueueEntry.objects.all().delete()
    sweep_written(now)
    waiting = set(QueueEntry.objects.values_list("ticket", flat=True))
    assert waiting == {tickets["none"].pk, tickets["service"].pk}
