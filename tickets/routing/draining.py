"""Deciding who gets what, one contact at a time, until nothing moves; and the sweep that catches what events missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from agents.actions import set_availability
from agents.models import NO_ANSWER, Agent, Availability
from agents.selectors import CONSOLE_OPEN_WITHIN
from core.events import publish
from tickets.history import record, record_of
from tickets.models import (
    WHOLE_PLACE,
    EntryState,
    EventKind,
    Mode,
    Offer,
    OfferState,
    QueueEntry,
)
from tickets.routing.board import Board
from tickets.routing.choosing import Decision, Person
from tickets.routing.desks import take_place_as_seen
from tickets.routing.entries import free_place, turn_down
from tickets.routing.events import ContactGiven, OfferMade, QueueMoved
from tickets.routing.matching import locked_entry, locked_waiting, waiting_for
from tickets.routing.rules import QueueRules, all_rules

MOST_AT_ONCE = 500
ASKED_AGAIN_AFTER = timedelta(seconds=60)
"""Who declined or did not answer is not asked about the same contact for this long."""

MOST_UNANSWERED = 3
"""So many offers without an answer, and an agent is away: customers wait for each of them."""
ANSWERED = (OfferState.ACCEPTED, OfferState.DECLINED)

_LOCK_CLASS = 0x51554555  # "QUEU"

_OPEN_DESKS = """
INSERT INTO tickets_desk (agent_id, load, capacity, idle_since)
SELECT a.id, 0, a.chat_capacity * %(place)s, %(now)s FROM agents_agent a
LEFT JOIN tickets_desk d ON d.agent_id = a.id
WHERE a.is_active AND a.availability = %(online)s AND a.last_seen_at >= %(fresh)s
  AND (d.agent_id IS NULL OR d.capacity <> greatest(d.load, a.chat_capacity * %(place)s))
ORDER BY a.id
ON CONFLICT (agent_id) DO UPDATE SET capacity = greatest(tickets_desk.load, excluded.capacity)
"""


def drain(brand_id: int, *, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Offer (or give) the brand's waiting contacts to whoever may have them, in order; return how many.

    Nothing to do where agents take them from the list.
    """
    if not QueueEntry.objects.filter(brand=brand_id, state=EntryState.WAITING).exists():
        return 0
    rules = all_rules(brand_id)
    if not rules.gives:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DESKS, _moment(now))
    made = 0
    board = Board(brand_id, now, rules)
    while made < limit and _decide(board):
        made += 1
        if board.is_stale:
            board = Board(brand_id, now)
    return made


def _decide(board: Board) -> bool:
    """One contact to one agent, in a transaction; False when nobody can be given anything.

    The brand's lock keeps decisions in order; a desk's guard keeps them right when an agent works for two brands, or
    has gone since the board was read.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, board.brand_id])
        for waiting in waiting_for(board, board.now - ASKED_AGAIN_AFTER):
            locked = locked_waiting(waiting.id)
            if locked is not None and _seat_somebody(board, *locked, waiting.declined_by):
                return True
    return False


def _seat_somebody(board: Board, entry: QueueEntry, last_seq: int, declined_by: Iterable[int]) -> bool:
    read_again = False
    while True:
        decision = board.decide(entry, declined_by)
        person = decision.chosen
        if person is None:
            return False
        if take_place_as_seen(person, entry.weight, board.now, seen_since=board.now - CONSOLE_OPEN_WITHIN):
            board.gave(person, entry.weight)
            _give(entry, last_seq, person, decision.why, board.rules.of(entry.team_id), board.now)
            return True
        if read_again:
            board.has_left(person)  # or has come after this drain began, and has no desk yet
        else:
            board.read_again()
            read_again = True


def decide(entry: QueueEntry, *, now: datetime) -> Decision:
    """Who would be given `entry` now, and why, or why nobody; nothing is changed."""
    return Board(entry.brand_id, now).decide(entry, _declined(entry, now))


def _give(
    entry: QueueEntry, last_seq: int, person: Person, why: dict[str, Any], rules: QueueRules, now: datetime
) -> None:
    at_once = rules.mode == Mode.AUTO
    offer = Offer.objects.create(
        entry=entry,
        agent_id=person.id,
        state=OfferState.ACCEPTED if at_once else OfferState.OFFERED,
        offered_at=now,
        expires_at=now + timedelta(seconds=rules.offer_seconds),
        decided_at=now if at_once else None,
        why=why,
    )
    entry.agent_id = person.id
    entry.state = EntryState.HELD if at_once else EntryState.OFFERED
    entry.held_at = now if at_once else None
    entry.save(update_fields=["agent", "state", "held_at"])
    record_of(
        entry.ticket_id,
        last_seq,
        EventKind.ROUTING,
        None,
        at=now,
        what="given" if at_once else "offered",
        agent=person.name,
        offer=offer.pk,
        decided_by=why["decided_by"],
    )
    ticket, brand, agent = entry.ticket_id, entry.brand_id, person.id
    if at_once:
        publish(ContactGiven(ticket_id=ticket, brand_id=brand, agent_id=agent))
    else:
        publish(OfferMade(offer_id=offer.pk, ticket_id=ticket, brand_id=brand, agent_id=agent))


def _declined(entry: QueueEntry, now: datetime) -> list[int]:
    gone = Offer.objects.filter(entry=entry, state__in=(OfferState.DECLINED, OfferState.TIMED_OUT))
    return list(gone.filter(decided_at__gt=now - ASKED_AGAIN_AFTER).values_list("agent", flat=True))


def _moment(now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "fresh": now - CONSOLE_OPEN_WITHIN,
        "online": Availability.ONLINE,
        "place": WHOLE_PLACE,
    }


# --- the net ---


def sweep(now: datetime) -> int:
    """Offers that were not answered, contacts that waited too long for their team, wrap-ups that are over, and whatever
    an event has missed; return how much was done. Safe beside other sweeps."""
    done = sum(_time_out(pk, now) for pk in _overdue(now)) + sum(_end_wrap_up(pk, now) for pk in _wrapped(now))
    brands = QueueEntry.objects.filter(state=EntryState.WAITING).order_by("brand").values_list("brand", flat=True)
    for brand_id in brands.distinct():
        done += overflow(brand_id, now) + drain(brand_id, now=now)
    return done


def overflow(brand_id: int, now: datetime) -> int:
    """Open the second team to those who have waited too long for the first."""
    found = all_rules(brand_id)
    if not any(rules.overflow_team_id for rules in found.by_team.values()):
        return 0
    waiting = QueueEntry.objects.filter(
        brand=brand_id, state=EntryState.WAITING, team__isnull=False, overflow_team__isnull=True
    )
    moved = 0
    for team_id in waiting.order_by("team").values_list("team", flat=True).distinct():
        rules = found.of(team_id)
        if rules.overflow_team_id is None or rules.overflow_team_id == team_id:
            continue
        late = waiting.filter(team=team_id, entered_at__lte=now - timedelta(seconds=rules.overflow_after_seconds))
        for entry in late.select_related("ticket")[:MOST_AT_ONCE]:
            moved += _open_to(entry, rules.overflow_team_id, now)
    return moved


def _open_to(entry: QueueEntry, team_id: int, now: datetime) -> int:
    with transaction.atomic():
        waiting = QueueEntry.objects.filter(pk=entry.pk, state=EntryState.WAITING, overflow_team__isnull=True)
        changed = waiting.update(overflow_team=team_id)
        if changed:
            entry.refresh_from_db(fields=["overflow_team"])
            record(entry.ticket, EventKind.ROUTING, None, at=now, what="overflow", team=str(entry.overflow_team))
            publish(QueueMoved(brand_id=entry.brand_id))
    return changed


def _overdue(now: datetime) -> list[int]:
    due = Offer.objects.filter(state=OfferState.OFFERED, expires_at__lte=now).order_by("expires_at")
    return list(due.values_list("entry", flat=True)[:MOST_AT_ONCE])


def _time_out(entry_id: int, now: datetime) -> int:
    with transaction.atomic():
        entry = locked_entry(entry_id, EntryState.OFFERED)
        due = Offer.objects.filter(entry=entry_id, state=OfferState.OFFERED, expires_at__lte=now)
        offer = due.select_related("agent").first() if entry is not None else None
        if entry is None or offer is None:
            return 0
        turn_down(entry, offer, OfferState.TIMED_OUT, now)
        record(entry.ticket, EventKind.ROUTING, None, at=now, what="timed_out", agent=offer.agent.name)
        if _answers_nothing(offer.agent_id):
            set_availability(offer.agent_id, Availability.AWAY, reason=NO_ANSWER, now=now)
    return 1


def _answers_nothing(agent_id: int) -> bool:
    """Whether the agent has let the last offers pass, one after the other, since they came online."""
    agent = Agent.objects.get(pk=agent_id)
    if agent.availability != Availability.ONLINE:
        return False
    here = agent.availability_periods.filter(ended_at__isnull=True).values_list("started_at", flat=True).first()
    answered = Offer.objects.filter(agent=agent_id, state__in=(OfferState.TIMED_OUT, *ANSWERED))
    if here is not None:
        answered = answered.filter(offered_at__gte=here)
    last = answered.order_by("-offered_at", "-pk").values_list("state", flat=True)[:MOST_UNANSWERED]
    return len(last) == MOST_UNANSWERED and set(last) == {OfferState.TIMED_OUT}


def _wrapped(now: datetime) -> list[int]:
    over = QueueEntry.objects.filter(state=EntryState.WRAP_UP, wrap_up_until__lte=now)
    return list(over.order_by("wrap_up_until").values_list("pk", flat=True)[:MOST_AT_ONCE])


def _end_wrap_up(entry_id: int, now: datetime) -> int:
    with transaction.atomic():
        entry = locked_entry(entry_id, EntryState.WRAP_UP)
        if entry is None:
            return 0
        free_place(entry, now)
    return 1
