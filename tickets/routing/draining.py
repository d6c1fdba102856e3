"""Deciding who gets what, one contact at a time, until nothing moves; and the sweep that catches what events missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from agents.models import Availability, Skill
from agents.selectors import CONSOLE_OPEN_WITHIN
from core.events import publish
from tickets.history import record
from tickets.models import (
    WHOLE_PLACE,
    EntryState,
    EventKind,
    Mode,
    Offer,
    OfferState,
    QueueEntry,
)
from tickets.routing.choosing import Contact, Decision, Person, choose
from tickets.routing.desks import take_place
from tickets.routing.entries import free_place, turn_down
from tickets.routing.events import ContactGiven, OfferMade, QueueMoved
from tickets.routing.matching import locked_entry, needs_from, next_entry, people_for
from tickets.routing.rules import QueueRules, all_rules, rules_of

MOST_AT_ONCE = 500
ASKED_AGAIN_AFTER = timedelta(seconds=60)
"""Who declined or did not answer is not asked about the same contact for this long."""

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
    """Offer (or give) the brand's waiting contacts to whoever may have them, in order; return how many."""
    if not QueueEntry.objects.filter(brand=brand_id, state=EntryState.WAITING).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DESKS, _moment(now) | {"place": WHOLE_PLACE})
    made = 0
    while made < limit and _decide(brand_id, now):
        made += 1
    return made


def _decide(brand_id: int, now: datetime) -> bool:
    """One contact to one agent, in a transaction; False when nobody can be given anything.

    The brand's lock keeps decisions in order; a desk's guard keeps them right when an agent works for two brands.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, brand_id])
        entry = next_entry(brand_id, now, asked_since=now - ASKED_AGAIN_AFTER)
        if entry is None:
            return False
        rules = rules_of(entry.brand_id, entry.team_id)
        taken: set[int] = set()
        while True:
            decision = decide(entry, rules, now, but=taken)
            if decision.chosen is None:
                return False
            if take_place(decision.chosen.id, entry.weight, now):
                break
            taken.add(decision.chosen.id)  # another brand's contact was quicker
        _give(entry, decision.chosen, decision.why, rules, now)
    return True


def decide(entry: QueueEntry, rules: QueueRules, now: datetime, *, but: Iterable[int] = ()) -> Decision:
    """Who is to have `entry` now, and why; nothing is changed."""
    people = [person for person in people_for(entry, now) if person.id not in set(but)]
    contact = Contact(
        weight=entry.weight,
        required=needs_from(entry.required),
        preferred=needs_from(entry.preferred),
        preferred_agent=entry.preferred_agent_id,
        declined_by=frozenset(_declined(entry, now)),
    )
    named = {need.skill for need in (*contact.required, *contact.preferred)}
    names = dict(Skill.objects.filter(pk__in=named).values_list("pk", "name")) if named else {}
    return choose(contact, people, rules.method, now, prefer_last_agent=rules.prefer_last_agent, skill_names=names)


def _give(entry: QueueEntry, person: Person, why: dict[str, Any], rules: QueueRules, now: datetime) -> None:
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
    record(
        entry.ticket,
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
    """Open the second team to those who have waited too long for the first; a team without rules follows the brand's,
    as in `rules_of`."""
    found = all_rules(brand_id)
    if not any(rules.overflow_team_id for rules in found.values()):
        return 0
    waiting = QueueEntry.objects.filter(
        brand=brand_id, state=EntryState.WAITING, team__isnull=False, overflow_team__isnull=True
    )
    moved = 0
    for team_id in waiting.order_by("team").values_list("team", flat=True).distinct():
        rules = found.get(team_id) or found.get(None) or QueueRules()
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
    return 1


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
