"""The choice of an agent for a contact, and its reasons. Pure: no database, no clock.

1. Who may: of the team (or the overflow team), online, with room for the contact's weight, with every required skill at
   its level, not one who has just declined this contact.
2. Who is better: the customer's last agent, then more of the preferred skills.
3. Who is next: by the queue's method (`tickets.models.Method`); what is equal then is decided by the lower number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tickets.models import Method

MOST_NAMED = 20
"""Agents whose reasons are stored, each way."""


@dataclass(frozen=True, slots=True)
class Need:
    """A skill and the least level of it, 1 to 5."""

    skill: int
    level: int


def needs_from(stored: Iterable[dict[str, int]]) -> list[Need]:
    """As `QueueEntry.required` and `preferred` keep them."""
    return [Need(one["skill"], one["level"]) for one in stored]


@dataclass(frozen=True, slots=True)
class Contact:
    """What is to be given: its weight in percent of a chat place, and what it asks of an agent."""

    weight: int = 100
    required: Sequence[Need] = ()
    preferred: Sequence[Need] = ()
    preferred_agent: int | None = None
    declined_by: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """An agent at the moment of the choice. `skills` maps a skill to its level; `idle_since` is None under load."""

    id: int
    name: str
    state: str
    load: int
    capacity: int
    skills: Mapping[int, int] = field(default_factory=dict)
    idle_since: datetime | None = None
    last_given_at: datetime | None = None
    is_there: bool = True
    """Online, with an open console."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen agent, or None when nobody may; `why` is what is stored (`tickets.models.Offer.why`)."""

    chosen: Person | None
    why: dict[str, Any]


def choose(
    contact: Contact,
    people: Iterable[Person],
    method: str,
    now: datetime,
    *,
    prefer_last_agent: bool = True,
    skill_names: Mapping[int, str] | None = None,
) -> Decision:
    """The agent for `contact` among `people`, the members of its team(s)."""
    fit: list[Person] = []
    excluded: list[dict[str, Any]] = []
    for person in people:
        reason = exclusion(contact, person, skill_names or {})
        if reason is None:
            fit.append(person)
        else:
            excluded.append({"agent": person.id, "name": person.name} | reason)
    wanted = contact.preferred_agent if prefer_last_agent else None
    order = sorted(fit, key=lambda person: _key(contact, person, wanted, method, now))
    why: dict[str, Any] = {
        "method": str(method),
        "candidates": [_seen(contact, person, now) for person in order[:MOST_NAMED]],
        "excluded": excluded[:MOST_NAMED],
        "candidate_count": len(order),
        "excluded_count": len(excluded),
        "decided_by": _decided_by(contact, order, wanted, method, now),
    }
    return Decision(order[0] if order else None, why)


def exclusion(contact: Contact, person: Person, skill_names: Mapping[int, str]) -> dict[str, Any] | None:
    """Why this agent may not have the contact: {"reason": word, ...}; None when they may."""
    if not person.is_there:
        return {"reason": "not_there", "state": person.state}
    for need in contact.required:
        level = person.skills.get(need.skill, 0)
        if level < need.level:
            name = skill_names.get(need.skill, str(need.skill))
            return {"reason": "skill", "skill": name, "needs": need.level, "has": level}
    if person.load + contact.weight > person.capacity:
        return {"reason": "full", "load": person.load, "capacity": person.capacity}
    if person.id in contact.declined_by:
        return {"reason": "declined"}
    return None


def _key(contact: Contact, person: Person, wanted: int | None, method: str, now: datetime) -> tuple[Any, ...]:
    return (person.id != wanted, -_preference(contact, person), *_turn(person, method, now), person.id)


def _preference(contact: Contact, person: Person) -> int:
    """How much of what is preferred somebody has: a level each, up to the level that was asked for."""
    return sum(min(need.level, person.skills.get(need.skill, 0)) for need in contact.preferred)


def _turn(person: Person, method: str, now: datetime) -> tuple[float, ...]:
    """Smaller is sooner. Who carries nothing comes before who does; never given counts as given long ago."""
    given = person.last_given_at.timestamp() if person.last_given_at else 0.0
    if method == Method.LEAST_LOADED:
        return (person.load / max(1, person.capacity), given)
    if method == Method.ROUND_ROBIN:
        return (given,)
    if person.load == 0:
        return (0.0, person.idle_since.timestamp() if person.idle_since else 0.0)
    return (1.0, given)


def _seen(contact: Contact, person: Person, now: datetime) -> dict[str, Any]:
    idle = int((now - person.idle_since).total_seconds()) if person.idle_since and person.load == 0 else 0
    return {
        "agent": person.id,
        "name": person.name,
        "load": person.load,
        "capacity": person.capacity,
        "idle_seconds": max(0, idle),
        "preference": _preference(contact, person),
    }


def _decided_by(contact: Contact, order: Sequence[Person], wanted: int | None, method: str, now: datetime) -> str:
    """Which step set the first apart from the second."""
    if not order:
        return "nobody"
    if len(order) == 1:
        return "only_one"
    first, second = order[0], order[1]
    if first.id == wanted:
        return "last_agent"
    if _preference(contact, first) != _preference(contact, second):
        return "preferred_skills"
    if _turn(first, method, now) != _turn(second, method, now):
        return str(method)
    return "number"
