"""Which contacts are next: in order, those that one of the free agents may have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.models import EntryState, QueueEntry
from tickets.routing.board import Board, rows
from tickets.routing.choosing import Contact, exclusion

PAGE = 50
"""Waiting contacts that are looked at together."""

# What was asked in vain, of whom, stands in an array of its own: one look for the whole page.
_PAGE = """
SELECT e.id, -e.priority, e.entered_at, e.team_id, e.overflow_team_id, e.weight, e.required,
       ARRAY(SELECT o.agent_id FROM tickets_offer o
             WHERE o.entry_id = e.id AND o.state IN ('declined', 'timed_out') AND o.decided_at > %(asked_since)s)
FROM tickets_queueentry e
LEFT JOIN tickets_teamrouting own ON own.brand_id = e.brand_id AND own.team_id = e.team_id
LEFT JOIN tickets_teamrouting common ON common.brand_id = e.brand_id AND common.team_id IS NULL
WHERE e.brand_id = %(brand)s AND e.state = 'waiting' AND coalesce(own.mode, common.mode, 'pick') <> 'pick'
  AND (%(after)s IS NULL OR (-e.priority, e.entered_at, e.id) > (%(priority)s, %(entered_at)s, %(after)s))
  AND (e.team_id IS NULL OR e.team_id = ANY(%(teams)s) OR e.overflow_team_id = ANY(%(teams)s))
ORDER BY e.priority DESC, e.entered_at, e.id LIMIT %(page)s
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact in line, before it is locked: `place` is its priority, negated, and when it came. `declined_by` has
    had it not long ago."""

    id: int
    place: tuple[int, datetime]
    team_id: int | None
    overflow_team_id: int | None
    weight: int
    required: list[dict[str, int]]
    declined_by: frozenset[int]


def waiting_for(board: Board, asked_since: datetime) -> Iterator[Waiting]:
    """In order of priority and wait, those that somebody on the board may have.

    Args:
        asked_since: agents who have declined a contact, or let its offer pass, since then are not free for it.
    """
    teams = board.teams_with_room()
    last: Waiting | None = None
    while teams:
        page = _page(board.brand_id, [team for team in teams if team is not None], asked_since, last)
        yield from (one for one in page if _somebody_may(board, one))
        if len(page) < PAGE:
            return
        last = page[-1]


# Composed by hand: Django takes longer to write this join than PostgreSQL to answer it, and it is asked per decision.
_LOCKED = """
SELECT e.*, t.last_seq AS ticket_last_seq
FROM tickets_queueentry e JOIN tickets_ticket t ON t.id = e.ticket_id
WHERE e.id = %s AND e.state = 'waiting' FOR NO KEY UPDATE OF e SKIP LOCKED
"""


def locked_waiting(entry_id: int) -> tuple[QueueEntry, int] | None:
    """The entry under its lock and the last number in its ticket's conversation, as `locked_entry`."""
    for entry in QueueEntry.objects.raw(_LOCKED, [entry_id]):
        return entry, vars(entry)["ticket_last_seq"]
    return None


def locked_entry(entry_id: int, state: EntryState) -> QueueEntry | None:
    """Under its lock, still in that state; None also when somebody else has it in hand."""
    found = QueueEntry.objects.select_related("ticket").filter(pk=entry_id, state=state)
    return found.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()


def _page(brand_id: int, teams: Sequence[int], asked_since: datetime, last: Waiting | None) -> list[Waiting]:
    values: dict[str, Any] = {"brand": brand_id, "teams": teams, "asked_since": asked_since, "page": PAGE}
    values |= {
        "after": last and last.id,
        "priority": last and last.place[0],
        "entered_at": last and last.place[1],
    }
    return [
        Waiting(pk, (priority, entered_at), team, overflow_team, weight, _read(required), frozenset(declined_by))
        for pk, priority, entered_at, team, overflow_team, weight, required, declined_by in rows(_PAGE, values)
    ]


def _somebody_may(board: Board, one: Waiting) -> bool:
    contact = Contact(
        weight=one.weight,
        required=board.needs(one.required, board.rules.of(one.team_id).required),
        declined_by=one.declined_by,
    )
    return any(exclusion(contact, person, {}) is None for person in board.members(one.team_id, one.overflow_team_id))


def _read(stored: Any) -> list[dict[str, int]]:
    """Django has JSON columns come as text, and reads them in its own fields alone."""
    read: list[dict[str, int]] = json.loads(stored) if isinstance(stored, str) else stored
    return read
