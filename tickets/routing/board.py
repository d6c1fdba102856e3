"""What a drain knows of a brand while it runs: its rules and its people, read once for many decisions.

What is read here may be a moment old, so a place is taken by a statement that looks again (`desks.take_place_as_seen`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence, Set
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

_OF_BRAND = """a.is_active
  AND (a.role = %(admin)s
       OR EXISTS (SELECT 1 FROM agents_agent_brands b WHERE b.agent_id = a.id AND b.brand_id = %(brand)s))
"""

# Somebody free in no team at all counts too: for the contacts that have none.
_TEAMS_WITH_ROOM = f"""
SELECT DISTINCT t.team_id
FROM agents_agent a JOIN tickets_desk d ON d.agent_id = a.id LEFT JOIN agents_agent_teams t ON t.agent_id = a.id
WHERE a.availability = %(online)s AND a.last_seen_at >= %(fresh)s AND d.load < d.capacity AND {_OF_BRAND}
"""

_PEOPLE = f"""
SELECT a.id, a.name, a.availability, a.last_seen_at >= %(fresh)s, coalesce(d.load, 0),
       coalesce(d.capacity, a.chat_capacity * %(place)s), d.idle_since, d.last_given_at
FROM agents_agent a LEFT JOIN tickets_desk d ON d.agent_id = a.id
WHERE {_OF_BRAND}
  AND (%(team)s IS NULL OR a.id IN (SELECT t.agent_id FROM agents_agent_teams t WHERE t.team_id = %(team)s))
"""

# Naming 500 agents would take longer than reading them all.
_LEVELS = "SELECT agent_id, skill_id, level FROM agents_agentskill WHERE skill_id = ANY(%s)"


class Board:
    """The agents of a brand as they stand, team by team, with what this drain has given them since."""

    def __init__(self, brand_id: int, now: datetime, rules: BrandRules | None = None) -> None:
        self.brand_id = brand_id
        self.now = now
        self.rules = rules if rules is not None else all_rules(brand_id)
        self._read_at = time.monotonic()
        self._moment = {
            "fresh": now - CONSOLE_OPEN_WITHIN,
            "online": Availability.ONLINE,
            "place": WHOLE_PLACE,
            "admin": Role.ADMIN,
            "brand": brand_id,
        }
        self._names: dict[int, str] = {}
        self._levels: dict[int, dict[int, int]] = {}
        self._asked_for: set[int] = set()
        self._people: dict[int, Person] = {}
        self._members: dict[int | None, list[int]] = {}
        self._with_room: set[int | None] | None = None

    @property
    def is_stale(self) -> bool:
        return time.monotonic() - self._read_at > FRESH_SECONDS

    def teams_with_room(self) -> set[int | None]:
        """In which somebody is there and has room for something; None for who is in no team. Empty: nobody."""
        if self._with_room is None:
            self._with_room = {team for (team,) in rows(_TEAMS_WITH_ROOM, self._moment)}
        return self._with_room

    def members(self, team_id: int | None, overflow_team_id: int | None = None) -> list[Person]:
        """Of the team and the overflow team; everybody of the brand for a contact without a team."""
        found = dict.fromkeys(self._ids_of(team_id))
        if team_id is not None and overflow_team_id is not None:
            found |= dict.fromkeys(self._ids_of(overflow_team_id))
        return [self._people[agent_id] for agent_id in found]

    def needs(self, own: Sequence[dict[str, int]], of_queue: Sequence[Need]) -> list[Need]:
        """What a contact asks for itself, as it is stored, and what its queue asks for now, the higher level of each
        skill. A skill that is no longer kept is asked of nobody."""
        levels: dict[int, int] = {}
        for need in (*needs_from(own), *of_queue):
            levels[need.skill] = max(need.level, levels.get(need.skill, 0))
        self._look_up(levels.keys())
        return [Need(skill, level) for skill, level in levels.items() if skill in self._names]

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
        people = self.members(entry.team_id, entry.overflow_team_id)
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
        """Nothing more for them from this board."""
        self._people[person.id] = replace(person, is_there=False)

    def read_again(self) -> None:
        """Somebody is not any more as this board says."""
        self._people, self._members, self._with_room = {}, {}, None

    def _look_up(self, skills: Set[int]) -> None:
        new = skills - self._asked_for
        if not new:
            return
        self._asked_for |= new
        self._names |= Skill.objects.filter(pk__in=new).values_list("pk", "name")
        for agent, skill, level in rows(_LEVELS, [list(new)]):
            self._levels.setdefault(agent, {})[skill] = level

    def _ids_of(self, team_id: int | None) -> list[int]:
        if team_id not in self._members:
            people = self._read_people(team_id)
            for person in people:
                self._people.setdefault(person.id, person)  # what this drain knows of them is newer
            self._members[team_id] = [person.id for person in people]
        return self._members[team_id]

    def _read_people(self, team_id: int | None) -> list[Person]:
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
            )
            for pk, name, state, is_fresh, load, capacity, idle_since, last_given_at in rows(
                _PEOPLE, self._moment | {"team": team_id}
            )
        ]


def rows(sql: str, values: Any) -> list[Any]:
    """Plain SQL: composing these for 500 agents takes Django longer than PostgreSQL needs to answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall()
    return found
