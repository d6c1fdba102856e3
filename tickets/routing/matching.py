"""Which contact is next: the first in order that one of the free agents may have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from agents.models import Availability, Role
from agents.selectors import CONSOLE_OPEN_WITHIN
from tickets.models import WHOLE_PLACE, EntryState, QueueEntry
from tickets.routing.choosing import Need, Person

PAGE = 25
"""Waiting contacts that are looked at together."""

_FREE = """
SELECT a.id, d.capacity - d.load,
       ARRAY(SELECT t.team_id FROM agents_agent_teams t WHERE t.agent_id = a.id)
FROM agents_agent a JOIN tickets_desk d ON d.agent_id = a.id
WHERE a.is_active AND a.availability = %(online)s AND a.last_seen_at >= %(fresh)s AND d.load < d.capacity
  AND (a.role = %(admin)s
       OR EXISTS (SELECT 1 FROM agents_agent_brands b WHERE b.agent_id = a.id AND b.brand_id = %(brand)s))
"""

_PAGE = """
SELECT e.id, e.team_id, e.overflow_team_id, e.weight, e.required
FROM tickets_queueentry e
LEFT JOIN tickets_teamrouting own ON own.brand_id = e.brand_id AND own.team_id = e.team_id
LEFT JOIN tickets_teamrouting common ON common.brand_id = e.brand_id AND common.team_id IS NULL
WHERE e.brand_id = %(brand)s AND e.state = 'waiting' AND coalesce(own.mode, common.mode, 'pick') <> 'pick'
ORDER BY e.priority DESC, e.entered_at, e.id LIMIT %(page)s OFFSET %(offset)s
"""

_ASKED = """
SELECT entry_id, agent_id FROM tickets_offer
WHERE entry_id = ANY(%s) AND state IN ('declined', 'timed_out') AND decided_at > %s
"""

_LEVELS = "SELECT agent_id, skill_id, level FROM agents_agentskill WHERE skill_id = ANY(%s)"

_PEOPLE = """
SELECT a.id, a.name, a.availability, a.last_seen_at >= %(fresh)s, coalesce(d.load, 0),
       coalesce(d.capacity, a.chat_capacity * %(place)s), d.idle_since, d.last_given_at
FROM agents_agent a LEFT JOIN tickets_desk d ON d.agent_id = a.id
WHERE a.is_active
  AND (a.role = %(admin)s
       OR EXISTS (SELECT 1 FROM agents_agent_brands b WHERE b.agent_id = a.id AND b.brand_id = %(brand)s))
  AND (%(teams)s::bigint[] IS NULL
       OR EXISTS (SELECT 1 FROM agents_agent_teams t WHERE t.agent_id = a.id AND t.team_id = ANY(%(teams)s)))
"""


@dataclass(frozen=True, slots=True)
class _Free:
    """An agent with room, in percent of a chat place, who may be given something now."""

    id: int
    room: int
    teams: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    team: int | None
    overflow_team: int | None
    weight: int
    required: list[Need]


def next_entry(brand_id: int, now: datetime, *, asked_since: datetime) -> QueueEntry | None:
    """Under its lock; None when nobody can be given anything. What somebody has in hand at the moment is passed over.

    Args:
        asked_since: agents who have declined a contact, or let its offer pass, since then are not free for it.
    """
    free = _free(brand_id, now)
    offset = 0
    while free:
        page = _page(brand_id, offset)
        for waiting in _servable(page, free, asked_since):
            entry = locked_entry(waiting.id, EntryState.WAITING)
            if entry is not None:
                return entry
        if len(page) < PAGE:
            return None
        offset += PAGE
    return None


def people_for(entry: QueueEntry, now: datetime) -> list[Person]:
    """The members of the entry's team and overflow team, or everybody of the brand, as they stand now."""
    teams = [team for team in (entry.team_id, entry.overflow_team_id) if team is not None]
    moment: dict[str, Any] = {"fresh": now - CONSOLE_OPEN_WITHIN, "place": WHOLE_PLACE, "admin": Role.ADMIN}
    of = {"brand": entry.brand_id, "teams": teams if entry.team_id is not None else None}
    wanted = {need["skill"] for need in (*entry.required, *entry.preferred)}
    skills: dict[int, dict[int, int]] = {}
    for agent, skill, level in _rows(_LEVELS, [list(wanted)]) if wanted else ():
        skills.setdefault(agent, {})[skill] = level
    return [
        Person(
            id=pk,
            name=name,
            state=state,
            load=load,
            capacity=capacity,
            skills=skills.get(pk, {}),
            idle_since=idle_since,
            last_given_at=last_given_at,
            is_there=state == Availability.ONLINE and bool(is_fresh),
        )
        for pk, name, state, is_fresh, load, capacity, idle_since, last_given_at in _rows(_PEOPLE, moment | of)
    ]


def locked_entry(entry_id: int, state: EntryState) -> QueueEntry | None:
    """Under its lock, still in that state; None also when somebody else has it in hand."""
    found = QueueEntry.objects.select_related("ticket").filter(pk=entry_id, state=state)
    return found.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()


def needs_from(stored: Iterable[dict[str, int]]) -> list[Need]:
    """As `QueueEntry.required` and `preferred` keep them."""
    return [Need(one["skill"], one["level"]) for one in stored]


def _free(brand_id: int, now: datetime) -> list[_Free]:
    moment: dict[str, Any] = {"online": Availability.ONLINE, "fresh": now - CONSOLE_OPEN_WITHIN}
    rows = _rows(_FREE, moment | {"brand": brand_id, "admin": Role.ADMIN})
    return [_Free(agent, room, frozenset(teams)) for agent, room, teams in rows]


def _page(brand_id: int, offset: int) -> list[_Waiting]:
    return [
        _Waiting(pk, team, overflow_team, weight, needs_from(_read(required)))
        for pk, team, overflow_team, weight, required in _rows(
            _PAGE, {"brand": brand_id, "page": PAGE, "offset": offset}
        )
    ]


def _read(stored: Any) -> list[dict[str, int]]:
    """Django has JSON columns come as text, and reads them in its own fields alone."""
    read: list[dict[str, int]] = json.loads(stored) if isinstance(stored, str) else stored
    return read


def _servable(page: Sequence[_Waiting], free: Sequence[_Free], asked_since: datetime) -> Iterator[_Waiting]:
    """Those of the page whom one of the free agents may have, in order."""
    skills = _skills(page)
    asked = set(_rows(_ASKED, [[one.id for one in page], asked_since]))
    for one in page:
        if any(
            agent.room >= one.weight
            and (one.team is None or not agent.teams.isdisjoint({one.team, one.overflow_team}))
            and all(skills.get((agent.id, need.skill), 0) >= need.level for need in one.required)
            and (one.id, agent.id) not in asked
            for agent in free
        ):
            yield one


def _skills(page: Sequence[_Waiting]) -> dict[tuple[int, int], int]:
    """Levels by agent and skill, of what the page asks for."""
    wanted = {need.skill for one in page for need in one.required}
    if not wanted:
        return {}
    # Naming 500 agents would take longer than reading them all.
    return {(agent, skill): level for agent, skill, level in _rows(_LEVELS, [list(wanted)])}


def _rows(sql: str, values: Any) -> list[Any]:
    """Plain SQL throughout: composing these for 500 agents takes Django longer than PostgreSQL needs to answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
    return rows
