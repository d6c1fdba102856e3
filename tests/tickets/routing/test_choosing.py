"""Who gets a contact, and why: the choice alone, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.models import Method
from tickets.routing import Contact, Need, Person, choose

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GERMAN, REPAIRS = 1, 2


def person(number: int, **fields: Any) -> Person:
    """Somebody who is there and carries nothing."""
    known: dict[str, Any] = {"id": number, "name": f"Agent {number}", "state": "online", "load": 0, "capacity": 300}
    return Person(**(known | fields))


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def chosen(contact: Contact, *people: Person, method: str = Method.LONGEST_IDLE, **how: Any) -> int | None:
    decision = choose(contact, people, method, NOW, **how)
    return decision.chosen.id if decision.chosen else None


def test_who_has_been_idle_longest_is_next() -> None:
    assert chosen(Contact(), person(1, idle_since=ago(2)), person(2, idle_since=ago(9))) == 2


def test_who_carries_nothing_comes_before_who_carries_something() -> None:
    assert chosen(Contact(), person(1, load=100, last_given_at=ago(60)), person(2, idle_since=ago(1))) == 2


def test_least_loaded_counts_by_capacity() -> None:
    half, third = person(1, load=100, capacity=200), person(2, load=200, capacity=600)
    assert chosen(Contact(), half, third, method=Method.LEAST_LOADED) == 2


def test_round_robin_goes_to_who_was_given_something_longest_ago() -> None:
    people = (person(1, last_given_at=ago(1)), person(2, last_given_at=ago(5)), person(3, last_given_at=ago(3)))
    assert chosen(Contact(), *people, method=Method.ROUND_ROBIN) == 2


def test_a_required_skill_below_its_level_shuts_out() -> None:
    contact = Contact(required=[Need(GERMAN, 3)])
    people = (person(1, skills={GERMAN: 2}, idle_since=ago(60)), person(2, skills={GERMAN: 3}))
    assert chosen(contact, *people) == 2
    assert chosen(contact, people[0]) is None


def test_a_preferred_skill_goes_before_idle_time_and_shuts_nobody_out() -> None:
    contact = Contact(preferred=[Need(GERMAN, 4)])
    without, with_it = person(1, idle_since=ago(60)), person(2, skills={GERMAN: 1}, idle_since=ago(1))
    assert chosen(contact, without, with_it) == 2
    assert chosen(contact, without) == 1


def test_the_customers_last_agent_comes_first_while_there_and_free() -> None:
    contact = Contact(preferred_agent=2)
    idle, last = person(1, idle_since=ago(60)), person(2, idle_since=ago(1))
    assert chosen(contact, idle, last) == 2
    assert chosen(contact, idle, last, prefer_last_agent=False) == 1
    assert chosen(contact, idle, person(2, load=300)) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": "away", "is_there": False}, {"reason": "not_there", "state": "away"}),
        ({"load": 250}, {"reason": "full", "load": 250, "capacity": 300}),
        ({"skills": {GERMAN: 2}}, {"reason": "skill", "skill": "German", "needs": 3, "has": 2}),
        ({"id": 7}, {"reason": "declined"}),
    ],
)
def test_whoever_is_left_out_is_named_with_the_reason(fields: dict[str, Any], reason: dict[str, Any]) -> None:
    contact = Contact(required=[Need(GERMAN, 3)], declined_by=frozenset({7}))
    fit: dict[str, Any] = {"skills": {GERMAN: 5}}
    out = person(1, **(fit | fields))
    decision = choose(contact, [out], Method.LONGEST_IDLE, NOW, skill_names={GERMAN: "German"})
    assert decision.chosen is None
    assert decision.why["excluded"] == [{"agent": out.id, "name": "Agent 1"} | reason]
    assert decision.why["decided_by"] == "nobody"


@pytest.mark.parametrize(
    ("contact", "second", "decided_by"),
    [
        (Contact(preferred_agent=1), {}, "last_agent"),
        (Contact(preferred=[Need(REPAIRS, 2)]), {}, "preferred_skills"),
        (Contact(), {"idle_since": ago(1)}, "longest_idle"),
        (Contact(), {}, "number"),
    ],
)
def test_what_set_the_first_apart_is_told(contact: Contact, second: dict[str, Any], decided_by: str) -> None:
    first = person(1, skills={REPAIRS: 2}, idle_since=ago(5))
    decision = choose(
        contact, [first, person(2, idle_since=second.get("idle_since", ago(5)))], Method.LONGEST_IDLE, NOW
    )
    assert (decision.chosen, decision.why["decided_by"]) == (first, decided_by)


people = st.lists(
    st.builds(
        person,
        st.integers(1, 200),
        load=st.integers(0, 4).map(lambda n: n * 100),
        capacity=st.integers(4, 6).map(lambda n: n * 100),
        skills=st.dictionaries(st.sampled_from([GERMAN, REPAIRS]), st.integers(1, 5)),
        idle_since=st.one_of(st.none(), st.integers(0, 100).map(ago)),
        last_given_at=st.one_of(st.none(), st.integers(0, 100).map(ago)),
        is_there=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
contacts = st.builds(
    Contact,
    weight=st.sampled_from([25, 100, 200]),
    required=st.lists(st.builds(Need, st.sampled_from([GERMAN, REPAIRS]), st.integers(1, 5)), max_size=2),
    preferred=st.lists(st.builds(Need, st.sampled_from([GERMAN, REPAIRS]), st.integers(1, 5)), max_size=2),
    preferred_agent=st.one_of(st.none(), st.integers(1, 200)),
    declined_by=st.frozensets(st.integers(1, 200), max_size=4),
)


@given(contacts, people, st.sampled_from(Method.values))
def test_the_chosen_may_have_it_nobody_is_forgotten_and_the_order_of_the_list_does_not_matter(
    contact: Contact, staff: list[Person], method: str
) -> None:
    decision = choose(contact, staff, method, NOW)
    why = decision.why
    assert why["candidate_count"] + why["excluded_count"] == len(staff)
    assert decision.chosen == choose(contact, reversed(staff), method, NOW).chosen
    one = decision.chosen
    if one is None:
        assert why["candidate_count"] == 0
        return
    assert one.is_there
    assert one.load + contact.weight <= one.capacity
    assert one.id not in contact.declined_by
    assert all(one.skills.get(need.skill, 0) >= need.level for need in contact.required)
    assert why["candidates"][0]["agent"] == one.id
