"""What a drain knows of a brand while it runs: its rules and its people, read once for many decisions.

What is read here may be a moment old, so a place is taken by a statement that looks again (`desks.take_place`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from agents.models import Availability, Role, Skill
from agents.selectors import CONSOLE_OPEN_WITHIN
from tickets.models import WHOLE_PLACE, QueueEntry
from tickets.routing.choosing import Contact, Decision, Need, Person, choose, needs_from
from tickets.routing.rules import BrandRules, all_rules

FRESH_SECONDS = 1.0
"""A board that is older is read anew before the next decision."""

_PEOPLE = """
SELECT a.id, a.name, a.availability, a.last_seen_at >= %(fresh)s, coalesce(d.load, 0),
       coalesce(d.capacity, a.chat_capacity * %(place)s), d.idle_since, d.last_given_at,
       ARRAY(SELECT t.team_id FROM agents_agent_teams t WHERE t.agent_id = a.id)
FROM agents_agent a LEFT JOIN tickets_desk d ON d.agent_id = a.id
WHERE a.is_active
  AND (a.role = %(admin)s
       OR EXISTS (SELECT 1 FROM agents_agent_brands b WHERE b.agent_id = a.id AND b.brand_id = %(brand)s))
"""

# Naming 500 agents would take longer than reading them all.
_LEVELS = "SELECT agent_id, skill_id, level FROM agents_agentskill WHERE skill_id = ANY(%s)"


class Board:
    """The agents of a brand as they stand, with what this drain has given them since."""

    def __init__(self, brand_id: int, now: datetime, rules: BrandRules | None = None) -> None:
        self.brand_id = brand_id
        self.now = now
        self.rules = rules if rules is not None else all_rules(brand_id)
        self._read_at = time.monotonic()
        self._names: dict[int, str] = {}
        self._levels: dict[int, dict[int, int]] = {}
        self._asked_for: set[int] = set()
        self._people = {person.id: person for person in self._read_people()}

    @property
    def is_stale(self) -> bool:
        return time.monotonic() - self._read_at > FRESH_SECONDS

    def free(self) -> list[Person]:
        """Who is there and has room for something."""
        return [person for person in self._people.values() if person.is_there and person.load < person.capacity]

    def team_of(self, team_id: int | None, overflow_team_id: int | None) -> Iterable[Person]:
        """The members of the team and the overflow team; everybody of the brand for a contact without a team."""
        if team_id is None:
            return self._people.values()
        teams = {team_id, overflow_team_id}
        return [person for person in self._people.values() if not person.teams.isdisjoint(teams)]

    def needs(self, own: Sequence[dict[str, int]], of_queue: Sequence[Need]) -> list[Need]:
        """What a contact asks for itself, as it is stored, and what its queue asks for now. A skill that is no longer
        kept is asked of nobody."""
        needs = [*needs_from(own), *of_queue]
        self._look_up({need.skill for need in needs})
        return [need for need in needs if need.skill in self._names]

    def decide(self, entry: QueueEntry, declined_by: Iterable[int]) -> Decision:
        """Who is to have `entry`, and why; nothing is changed."""
        rules = self.rules.of(entry.team_id)
        contact = Contact(
            weight=entry.weight,
            required=self.needs(entry.required, rules.required),
            preferred=self.needs(entry.preferred, rules.preferred),
            preferred_agent=entry.preferred_agent_id,
            declined_by=frozenset(declined_by),
        )
        people = self.team_of(entry.team_id, entry.overflow_team_id)
        return choose(
            contact,
            people,
            rules.method,
            self.now,
            prefer_last_agent=rules.prefer_last_agent,
            skill_names=self._names,
        )

    def gave(self, person: Person, weight: int) -> None:
        """One more on the desk of `person`."""
        self._people[person.id] = replace(person, load=person.load + weight, idle_since=None, last_given_at=self.now)

    def has_left(self, person: Person) -> None:
        """The place was gone, or the agent: nothing more for them from this board."""
        self._people[person.id] = replace(person, is_there=False)

    def _look_up(self, skills: set[int]) -> None:
        new = skills - self._asked_for
        if not new:
            return
        self._asked_for |= new
        self._names |= Skill.objects.filter(pk__in=new).values_list("pk", "name")
        for agent, skill, level in rows(_LEVELS, [list(new)]):
            self._levels.setdefault(agent, {})[skill] = level

    def _read_people(self) -> list[Person]:
        moment = {"fresh": self.now - CONSOLE_OPEN_WITHIN, "place": WHOLE_PLACE, "admin": Role.ADMIN}
        return [
            Person(
                id=pk,
                name=name,
                state=state,
                load=load,
                capacity=capacity,
                skills=self._levels.setdefault(pk, {}),
                idle_since=idle_since,
                last_given_at=last_given_at,
                is_there=state == Availability.ONLINE and bool(is_fresh),
                teams=frozenset(teams),
            )
            for pk, name, state, is_fresh, load, capacity, idle_since, last_given_at, teams in rows(
                _PEOPLE, moment | {"brand": self.brand_id}
            )
        ]


def rows(sql: str, values: Any) -> list[Any]:
    """Plain SQL: composing these for 500 agents takes Django longer than PostgreSQL needs to answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall()
    return found
