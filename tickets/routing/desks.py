"""What each agent carries. Two statements change a load, both guarded by the row's own CHECK."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from agents.models import Agent, Availability
from tickets.models import WHOLE_PLACE, Desk
from tickets.routing.choosing import Person


def open_desk(agent: Agent, now: datetime) -> None:
    """There is a desk for the agent, with today's capacity; never less than what they carry already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_desk (agent_id, load, capacity, idle_since) VALUES (%s, 0, %s, %s)"
            " ON CONFLICT (agent_id) DO UPDATE SET capacity = greatest(tickets_desk.load, excluded.capacity)"
            " WHERE tickets_desk.capacity <> greatest(tickets_desk.load, excluded.capacity)",
            [agent.pk, agent.chat_capacity * WHOLE_PLACE, now],
        )


def take_place(agent_id: int, weight: int, now: datetime) -> bool:
    """Put `weight` on the desk; False when there is no room for it. Takes the desk's row lock."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"agent": agent_id, "weight": weight, "now": now})
        return bool(cursor.rowcount)


def take_place_as_seen(person: Person, weight: int, now: datetime, *, seen_since: datetime) -> bool:
    """As `take_place`, for who is online with a console that was open at `seen_since` or later, and still carries what
    `person` says: else other choices, made at the same time, would all fall on the same agent."""
    values: dict[str, Any] = {
        "agent": person.id,
        "weight": weight,
        "now": now,
        "load": person.load,
        "given": person.last_given_at,
        "seen": seen_since,
        "online": Availability.ONLINE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE + _AS_SEEN, values)
        return bool(cursor.rowcount)


_TAKE = (
    "UPDATE tickets_desk SET load = load + %(weight)s, idle_since = NULL, last_given_at = %(now)s"
    " WHERE agent_id = %(agent)s AND load + %(weight)s <= capacity"
)
_AS_SEEN = (
    " AND load = %(load)s AND last_given_at IS NOT DISTINCT FROM %(given)s"
    " AND EXISTS (SELECT 1 FROM agents_agent a WHERE a.id = %(agent)s AND a.is_active"
    " AND a.availability = %(online)s AND a.last_seen_at >= %(seen)s)"
)


def give_back(agent_id: int, weight: int, now: datetime) -> None:
    """Take `weight` off the desk again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_desk SET load = load - %s, idle_since = CASE WHEN load = %s THEN %s ELSE idle_since END"
            " WHERE agent_id = %s",
            [weight, weight, now, agent_id],
        )


def begin_idle(agent_id: int, now: datetime) -> None:
    """Who comes to an empty desk has been free from now on: neither the lunch nor last night counts as waiting."""
    Desk.objects.filter(pk=agent_id, load=0).update(idle_since=now)


def desk_of(agent: Agent, now: datetime) -> Desk:
    """The agent's desk, made at the first need."""
    open_desk(agent, now)
    return Desk.objects.get(pk=agent.pk)
