"""A contact's way through the queue, on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.actions import set_availability
from agents.models import NO_ANSWER, Agent, AgentSkill, Availability, Brand, Skill
from crm.models import Customer
from tests import factories
from tickets.models import Desk, EntryState, EventKind, Mode, Offer, OfferState, QueueEntry, TeamRouting, Ticket
from tickets.routing import (
    AtCapacity,
    HeldByAnother,
    Need,
    OfferOver,
    decline,
    drain,
    end,
    enter,
    finish_wrap_up,
    follow_ticket,
    hand_over,
    put_back,
    sweep,
    take,
)
from tickets.routing.draining import decide
from tickets.routing.rules import rules_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def rules(brand: Brand) -> TeamRouting:
    return TeamRouting.objects.create(brand=brand, mode=Mode.OFFER)


def online(name: str, brand: Brand, now: datetime, **fields: Any) -> Agent:
    return factories.agent(name, brands=[brand], availability=Availability.ONLINE, last_seen_at=now, **fields)


def contact(of: Customer, brand: Brand, now: datetime, **fields: Any) -> Ticket:
    ticket = factories.ticket(of, brand, channel="chat")
    enter(ticket, now=now, **fields)
    return ticket


def entry(ticket: Ticket) -> QueueEntry:
    return QueueEntry.objects.get(ticket=ticket)


def load(agent: Agent) -> int:
    return Desk.objects.get(pk=agent.pk).load


def test_offered_accepted_ended(mia: Customer, brand: Brand, rules: TeamRouting, now: datetime) -> None:
    leo = online("Leo", brand, now)
    ticket = contact(mia, brand, now)
    assert drain(brand.pk, now=now) == 1
    offer = Offer.objects.get()
    assert (offer.agent, offer.state, offer.expires_at) == (leo, OfferState.OFFERED, now + timedelta(seconds=25))
    assert (entry(ticket).state, load(leo)) == (EntryState.OFFERED, 100)
    take(leo, ticket.pk, now=now)
    offer.refresh_from_db()
    assert (entry(ticket).state, offer.state, load(leo)) == (EntryState.HELD, OfferState.ACCEPTED, 100)
    end(ticket.pk, now=now)
    assert (entry(ticket).state, load(leo)) == (EntryState.DONE, 0)


def test_the_offer_says_why_and_the_history_points_to_it(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    leo = online("Leo", brand, now)
    factories.agent("Zoe", brands=[brand], availability=Availability.AWAY, last_seen_at=now)
    ticket = contact(mia, brand, now)
    drain(brand.pk, now=now)
    offer = Offer.objects.get()
    assert [one["name"] for one in offer.why["candidates"]] == ["Leo"]
    assert ("Zoe", "not_there") in [(one["name"], one["reason"]) for one in offer.why["excluded"]]
    line = ticket.history.get(kind=EventKind.ROUTING)
    assert line.data == {"what": "offered", "agent": leo.name, "offer": offer.pk, "decided_by": "only_one"}


def test_nobody_with_a_closed_console_is_offered_anything(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    online("Leo", brand, now - timedelta(seconds=31))
    contact(mia, brand, now)
    assert drain(brand.pk, now=now) == 0


def test_order_is_priority_then_wait(mia: Customer, brand: Brand, rules: TeamRouting, now: datetime) -> None:
    leo = online("Leo", brand, now, chat_capacity=1)
    first, second = contact(mia, brand, now - timedelta(minutes=2)), contact(mia, brand, now - timedelta(minutes=1))
    urgent = factories.ticket(mia, brand, channel="chat")
    Ticket.objects.filter(pk=urgent.pk).update(priority=4)
    enter(urgent, now=now)
    served = []
    for _turn in range(3):
        assert drain(brand.pk, now=now) == 1
        given = QueueEntry.objects.get(state=EntryState.OFFERED).ticket
        take(leo, given.pk, now=now)
        end(given.pk, now=now)
        served.append(given)
    assert served == [urgent, first, second]


def test_who_declines_is_not_asked_again_and_the_next_is(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    leo, zoe = online("Leo", brand, now), online("Zoe", brand, now)
    ticket = contact(mia, brand, now)
    drain(brand.pk, now=now)
    asked = Offer.objects.get().agent
    decline(asked, ticket.pk, now=now, reason="Lunch")
    assert load(asked) == 0
    drain(brand.pk, now=now)
    assert Offer.objects.get(state=OfferState.OFFERED).agent == ({leo, zoe} - {asked}).pop()
    assert Offer.objects.get(state=OfferState.DECLINED).reason == "Lunch"
    with pytest.raises(OfferOver):
        decline(asked, ticket.pk, now=now)


def test_who_does_not_answer_in_time_is_passed_over(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    online("Leo", brand, now)
    ticket = contact(mia, brand, now)
    drain(brand.pk, now=now)
    later = now + timedelta(seconds=26)
    Agent.objects.update(last_seen_at=later)
    sweep(later)
    assert Offer.objects.get().state == OfferState.TIMED_OUT
    assert entry(ticket).state == EntryState.WAITING
    again = later + timedelta(seconds=61)
    Agent.objects.update(last_seen_at=again)
    sweep(again)
    assert Offer.objects.filter(state=OfferState.OFFERED).count() == 1


def test_who_lets_three_offers_pass_is_away_until_they_say_otherwise(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    leo = online("Leo", brand, now)
    set_availability(leo.pk, Availability.AWAY, now=now)
    set_availability(leo.pk, Availability.ONLINE, now=now)
    contact(mia, brand, now)
    for round_ in range(3):
        drain(brand.pk, now=now)
        leo.refresh_from_db()
        assert (leo.availability, Offer.objects.count()) == (Availability.ONLINE, round_ + 1)
        now += timedelta(seconds=26)
        Agent.objects.update(last_seen_at=now)
        sweep(now)
        now += timedelta(seconds=61)
        Agent.objects.update(last_seen_at=now)
    leo.refresh_from_db()
    assert (leo.availability, leo.away_reason) == (Availability.AWAY, NO_ANSWER)
    set_availability(leo.pk, Availability.ONLINE, now=now)
    drain(brand.pk, now=now)
    now += timedelta(seconds=26)
    Agent.objects.update(last_seen_at=now)
    sweep(now)
    leo.refresh_from_db()
    assert leo.availability == Availability.ONLINE, "counted from when they came back"


def test_capacity_is_never_exceeded_by_hand_either(mia: Customer, brand: Brand, now: datetime) -> None:
    leo = online("Leo", brand, now, chat_capacity=1)
    take(leo, contact(mia, brand, now).pk, now=now)
    second = contact(mia, brand, now)
    with pytest.raises(AtCapacity, match="Leo has as much as they may have at once"):
        take(leo, second.pk, now=now)
    assert (entry(second).state, load(leo)) == (EntryState.WAITING, 100)


def test_the_second_who_takes_it_is_told_who_was_first(mia: Customer, brand: Brand, now: datetime) -> None:
    leo, zoe = online("Leo", brand, now), online("Zoe", brand, now)
    ticket = contact(mia, brand, now)
    take(leo, ticket.pk, now=now)
    take(leo, ticket.pk, now=now)
    with pytest.raises(HeldByAnother, match="Leo"):
        take(zoe, ticket.pk, now=now)
    assert (load(leo), Desk.objects.filter(pk=zoe.pk, load__gt=0).exists()) == (100, False)


def test_a_team_that_picks_is_offered_nothing(mia: Customer, brand: Brand, now: datetime) -> None:
    online("Leo", brand, now)
    contact(mia, brand, now)
    assert drain(brand.pk, now=now) == 0


def test_auto_gives_at_once(mia: Customer, brand: Brand, rules: TeamRouting, now: datetime) -> None:
    TeamRouting.objects.update(mode=Mode.AUTO)
    leo = online("Leo", brand, now)
    ticket = contact(mia, brand, now)
    drain(brand.pk, now=now)
    assert (entry(ticket).state, entry(ticket).agent) == (EntryState.HELD, leo)


def test_a_required_skill_waits_for_who_has_it(mia: Customer, brand: Brand, rules: TeamRouting, now: datetime) -> None:
    german = Skill.objects.create(name="German", kind="language", language="de")
    leo, zoe = online("Leo", brand, now), online("Zoe", brand, now)
    AgentSkill.objects.create(agent=leo, skill=german, level=2)
    ticket = contact(mia, brand, now - timedelta(minutes=5), required=[Need(german.pk, 3)])
    easy = contact(mia, brand, now)
    assert drain(brand.pk, now=now) == 1, "the one behind is not held up"
    assert entry(easy).state == EntryState.OFFERED
    AgentSkill.objects.create(agent=zoe, skill=german, level=3)
    drain(brand.pk, now=now)
    assert entry(ticket).agent == zoe


def test_the_second_team_helps_after_a_while(mia: Customer, brand: Brand, now: datetime) -> None:
    sales, service = factories.team("Sales", brand), factories.team("Service", brand)
    TeamRouting.objects.create(
        brand=brand, team=sales, mode=Mode.OFFER, overflow_team=service, overflow_after_seconds=60
    )
    leo = online("Leo", brand, now)
    leo.teams.add(service)
    ticket = factories.ticket(mia, brand, channel="chat")
    Ticket.objects.filter(pk=ticket.pk).update(team=sales)
    ticket.refresh_from_db()
    enter(ticket, now=now)
    assert sweep(now) == 0
    later = now + timedelta(seconds=61)
    Agent.objects.update(last_seen_at=later)
    sweep(later)
    assert (entry(ticket).state, entry(ticket).agent) == (EntryState.OFFERED, leo)
    whats = ticket.history.filter(kind=EventKind.ROUTING).order_by("id").values_list("data__what", flat=True)
    assert list(whats) == ["overflow", "offered"]


def test_wrap_up_keeps_the_place_until_done_or_over(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    TeamRouting.objects.update(wrap_up_seconds=30)
    leo = online("Leo", brand, now)
    first, second = contact(mia, brand, now), contact(mia, brand, now)
    for ticket in (first, second):
        take(leo, ticket.pk, now=now)
        end(ticket.pk, now=now)
    assert load(leo) == 200
    assert finish_wrap_up(first.pk, leo, now=now)
    assert not finish_wrap_up(first.pk, leo, now=now)
    assert load(leo) == 100
    sweep(now + timedelta(seconds=31))
    assert (load(leo), entry(second).state) == (0, EntryState.DONE)


def test_handed_over_with_its_place(mia: Customer, brand: Brand, now: datetime) -> None:
    leo, zoe = online("Leo", brand, now), online("Zoe", brand, now, chat_capacity=1)
    ticket, other = contact(mia, brand, now), contact(mia, brand, now)
    take(leo, ticket.pk, now=now)
    hand_over(ticket.pk, zoe, now=now)
    assert (entry(ticket).agent, load(leo), load(zoe)) == (zoe, 0, 100)
    take(leo, other.pk, now=now)
    with pytest.raises(AtCapacity):
        hand_over(other.pk, zoe, now=now)
    assert (entry(other).agent, load(leo), load(zoe)) == (leo, 100, 100)


def test_put_back_it_stands_where_it_stood(mia: Customer, brand: Brand, now: datetime) -> None:
    leo = online("Leo", brand, now)
    ticket = contact(mia, brand, now - timedelta(minutes=3))
    contact(mia, brand, now)
    take(leo, ticket.pk, now=now)
    put_back(ticket.pk, leo, now=now)
    assert QueueEntry.objects.filter(state=EntryState.WAITING).first() == entry(ticket)
    assert load(leo) == 0


def test_who_leaves_while_it_is_offered_frees_the_agent(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    leo = online("Leo", brand, now)
    ticket = contact(mia, brand, now)
    drain(brand.pk, now=now)
    end(ticket.pk, now=now)
    assert (entry(ticket).state, Offer.objects.get().state, load(leo)) == (EntryState.LEFT, OfferState.WITHDRAWN, 0)


def test_a_ticket_that_becomes_urgent_moves_up(mia: Customer, brand: Brand, now: datetime) -> None:
    contact(mia, brand, now)
    ticket = contact(mia, brand, now)
    Ticket.objects.filter(pk=ticket.pk).update(priority=4)
    follow_ticket(ticket.pk, now=now)
    assert QueueEntry.objects.first() == entry(ticket)


def test_a_smaller_capacity_counts_from_the_next_decision(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    leo = online("Leo", brand, now, chat_capacity=2)
    take(leo, contact(mia, brand, now).pk, now=now)
    Agent.objects.filter(pk=leo.pk).update(chat_capacity=1)
    contact(mia, brand, now)
    assert drain(brand.pk, now=now) == 0
    assert Desk.objects.get().capacity == 100


def test_what_a_queue_asks_of_agents_is_asked_for_all_of_its_contacts(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    repairs, german = Skill.objects.create(name="Repairs"), Skill.objects.create(name="Zelte")
    rules.skills.create(skill=repairs, level=2)
    rules.skills.create(skill=german, level=4, required=False)
    ticket = contact(mia, brand, now)
    online("Leo", brand, now)
    assert drain(brand.pk, now=now) == 0
    found = rules_of(brand.pk, None)
    assert (found.required, found.preferred) == ((Need(repairs.pk, 2),), (Need(german.pk, 4),))
    why = decide(entry(ticket), now=now).why
    assert [(one["reason"], one["skill"], one["needs"]) for one in why["excluded"]] == [("skill", "Repairs", 2)]


def test_what_a_queue_no_longer_asks_keeps_nobody_waiting(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    repairs = Skill.objects.create(name="Repairs")
    asked = rules.skills.create(skill=repairs, level=2)
    ticket = contact(mia, brand, now)
    online("Leo", brand, now)
    assert drain(brand.pk, now=now) == 0
    asked.delete()
    assert drain(brand.pk, now=now) == 1
    assert entry(ticket).state == EntryState.OFFERED


def test_a_skill_that_is_kept_no_more_is_asked_of_nobody(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    greek = Skill.objects.create(name="Greek", kind="language", language="el")
    contact(mia, brand, now, required=[Need(greek.pk, 1)])
    online("Leo", brand, now)
    assert drain(brand.pk, now=now) == 0
    greek.delete()
    assert drain(brand.pk, now=now) == 1


def test_a_team_with_rules_of_its_own_asks_for_its_own_skills_alone(
    mia: Customer, brand: Brand, rules: TeamRouting, now: datetime
) -> None:
    rules.skills.create(skill=Skill.objects.create(name="Repairs"), level=2)
    sales = factories.team("Sales", brand)
    assert [len(rules_of(brand.pk, team).required) for team in (None, sales.pk)] == [1, 1]
    TeamRouting.objects.create(brand=brand, team=sales)
    assert [len(rules_of(brand.pk, team).required) for team in (None, sales.pk)] == [1, 0]
