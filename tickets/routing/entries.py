"""A contact's way through the queue: enter, take, decline, put back, give to another, end, wrap up.

Every function runs in a transaction of its own or its caller's and locks in one order: the ticket, its entry, a desk;
two desks by their agents' numbers. A load changes in the same transaction as the entry that causes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent, Team
from core.errors import Conflict, Invalid, NotFound
from core.events import publish
from tickets.history import Actor, record
from tickets.locking import lock_ticket
from tickets.models import (
    IN_QUEUE,
    OPEN_ENTRY,
    WHOLE_PLACE,
    EntryState,
    EventKind,
    Offer,
    OfferState,
    QueueEntry,
    Ticket,
)
from tickets.routing.choosing import Need
from tickets.routing.desks import give_back, open_desk, take_place
from tickets.routing.events import OfferClosed, QueueMoved
from tickets.routing.rules import rules_of


class AtCapacity(Conflict):
    """The agent carries as much as they may."""

    code = "at_capacity"


class HeldByAnother(Conflict):
    """Another agent was first."""

    code = "taken"


class OfferOver(Conflict):
    """The offer was answered, timed out or withdrawn before."""

    code = "offer_over"


def enter(
    ticket: Ticket,
    *,
    now: datetime,
    required: Sequence[Need] = (),
    preferred: Sequence[Need] = (),
    preferred_agent: Agent | None = None,
) -> QueueEntry:
    """Put the ticket in line, asking for these skills besides those of its queue. Being in line already, or with an
    agent, changes nothing. Publishes QueueMoved."""
    with transaction.atomic():
        ticket = lock_ticket(ticket.pk)
        standing = _entry(ticket.pk)
        if standing is not None:
            return standing
        entry = QueueEntry.objects.create(
            ticket=ticket,
            channel=ticket.channel,
            brand=ticket.brand,
            team=ticket.team,
            priority=ticket.priority,
            weight=rules_of(ticket.brand_id, ticket.team_id).weight(ticket.channel),
            required=_stored(required),
            preferred=_stored(preferred),
            preferred_agent=preferred_agent,
            entered_at=now,
        )
        publish(QueueMoved(brand_id=entry.brand_id))
    return entry


def take(agent: Agent, ticket_id: int, *, now: datetime) -> QueueEntry:
    """The agent accepts what they are offered, or picks it from the list. Having it already changes nothing.

    Raises AtCapacity, HeldByAnother naming who has it, NotFound.
    """
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        if entry is None:
            entry = enter(ticket, now=now)
        if entry.state == EntryState.HELD:
            _check_own(entry, agent)
            return entry
        offer = _open_offer(entry)
        if offer is not None and offer.agent_id == agent.pk:
            _close_offer(offer, entry, OfferState.ACCEPTED, now)
        else:
            if offer is not None:
                _close_offer(offer, entry, OfferState.WITHDRAWN, now)
            _move_weight(entry, offer.agent_id if offer is not None else None, agent, now)
        entry.state, entry.agent, entry.held_at = EntryState.HELD, agent, now
        entry.save(update_fields=["state", "agent", "held_at"])
        publish(QueueMoved(brand_id=entry.brand_id))
    return entry


def accept(agent: Agent, ticket_id: int, *, now: datetime) -> QueueEntry:
    """The agent says yes to what they are offered. Having it already changes nothing.

    Raises OfferOver when they are not asked, or no longer.
    """
    with transaction.atomic():
        lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        offer = _open_offer(entry) if entry is not None else None
        asked = offer is not None and offer.agent_id == agent.pk
        holds = entry is not None and entry.state == EntryState.HELD and entry.agent_id == agent.pk
        if not asked and not holds:
            raise OfferOver(_("This offer is over."))
        return take(agent, ticket_id, now=now)


def decline(agent: Agent, ticket_id: int, *, now: datetime, reason: str = "") -> None:
    """The agent does not want what they are offered: it goes to the next, and back to its place until then.

    Raises OfferOver when it is no longer theirs to decline.
    """
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        offer = _open_offer(entry) if entry is not None else None
        if entry is None or offer is None or offer.agent_id != agent.pk:
            raise OfferOver(_("This offer is over."))
        turn_down(entry, offer, OfferState.DECLINED, now, reason=reason)
        record(ticket, EventKind.ROUTING, agent, at=now, what="declined", reason=offer.reason)


def turn_down(entry: QueueEntry, offer: Offer, state: OfferState, now: datetime, *, reason: str = "") -> None:
    """The locked entry goes back into line, with the mark that this agent has had it."""
    offer.reason = reason.strip()[:200]
    give_back(offer.agent_id, entry.weight, now)
    _close_offer(offer, entry, state, now)
    entry.state, entry.agent = EntryState.WAITING, None
    entry.save(update_fields=["state", "agent"])
    publish(QueueMoved(brand_id=entry.brand_id))


def put_back(ticket_id: int, by: Actor, *, now: datetime, team: Team | None = None) -> QueueEntry | None:
    """Whoever holds the contact gives it back: it stands in line where it stood, or in another team's line by the time
    it has waited. None when it is not in routing."""
    with transaction.atomic():
        lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        if entry is None:
            return None
        if entry.state == EntryState.HELD and entry.agent_id is not None:
            give_back(entry.agent_id, entry.weight, now)
        _withdraw(entry, _open_offer(entry), now)
        entry.state, entry.agent, entry.held_at = EntryState.WAITING, None, None
        if team is not None:
            _move_to(entry, team)
        entry.save(update_fields=["state", "agent", "held_at", *_OF_QUEUE])
        publish(QueueMoved(brand_id=entry.brand_id))
    return entry


def hand_over(ticket_id: int, to: Agent, *, now: datetime) -> QueueEntry | None:
    """The contact goes from whoever holds it to another agent, with its place. None when it is not in routing.

    Raises AtCapacity when the other has no room.
    """
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        if entry is None or (entry.state == EntryState.HELD and entry.agent_id == to.pk):
            return entry
        if entry.state != EntryState.HELD:
            return take(to, ticket.pk, now=now)
        _move_weight(entry, entry.agent_id, to, now)
        entry.agent, entry.held_at = to, now
        entry.save(update_fields=["agent", "held_at"])
        publish(QueueMoved(brand_id=entry.brand_id))
    return entry


def end(ticket_id: int, *, now: datetime) -> QueueEntry | None:
    """The contact is over: who waited has left; who held it has their place back at once, or after the wrap-up."""
    with transaction.atomic():
        lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        if entry is None:
            return None
        entry.ended_at = now
        if entry.state in IN_QUEUE:
            _withdraw(entry, _open_offer(entry), now)
            entry.agent = None
            _finish(entry, EntryState.LEFT, now)
            return entry
        seconds = rules_of(entry.brand_id, entry.team_id).wrap_up_seconds
        if seconds:
            entry.state, entry.wrap_up_until = EntryState.WRAP_UP, now + timedelta(seconds=seconds)
            entry.save(update_fields=["state", "ended_at", "wrap_up_until"])
        else:
            free_place(entry, now)
    return entry


def finish_wrap_up(ticket_id: int, agent: Agent, *, now: datetime) -> bool:
    """The agent is done before the time is over: the place is free. False when there was nothing to finish."""
    with transaction.atomic():
        wrapping = QueueEntry.objects.filter(ticket=ticket_id, agent=agent, state=EntryState.WRAP_UP)
        entry = wrapping.select_for_update(no_key=True).first()
        if entry is None:
            return False
        free_place(entry, now)
    return True


def follow_ticket(ticket_id: int, *, now: datetime) -> None:
    """Another priority or team of the ticket is another place in line. Who was asked for the old team is asked no
    more; who holds it keeps it."""
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        entry = _entry(ticket_id)
        if entry is None or (entry.priority, entry.team_id) == (ticket.priority, ticket.team_id):
            return
        if entry.state == EntryState.OFFERED and entry.team_id != ticket.team_id:
            _withdraw(entry, _open_offer(entry), now)
            entry.state, entry.agent = EntryState.WAITING, None
        entry.priority = ticket.priority
        _move_to(entry, ticket.team)
        entry.save(update_fields=["state", "agent", "priority", *_OF_QUEUE])
        publish(QueueMoved(brand_id=entry.brand_id))


_OF_QUEUE = ("team", "overflow_team")


def _move_to(entry: QueueEntry, team: Team | None) -> None:
    """Into another queue, whose second team is not open yet."""
    if entry.team_id != (team.pk if team is not None else None):
        entry.team, entry.overflow_team = team, None


def free_place(entry: QueueEntry, now: datetime) -> None:
    """The locked entry is done with: its weight leaves the desk."""
    if entry.agent_id is not None:
        give_back(entry.agent_id, entry.weight, now)
    _finish(entry, EntryState.DONE, now)


def _finish(entry: QueueEntry, state: EntryState, now: datetime) -> None:
    entry.state, entry.closed_at = state, now
    entry.save(update_fields=["state", "agent", "ended_at", "closed_at"])
    publish(QueueMoved(brand_id=entry.brand_id))


def _entry(ticket_id: int) -> QueueEntry | None:
    """The ticket's open entry under its row lock."""
    found = QueueEntry.objects.filter(ticket=ticket_id, state__in=OPEN_ENTRY)
    return found.select_for_update(no_key=True).first()


def _open_offer(entry: QueueEntry) -> Offer | None:
    return Offer.objects.filter(entry=entry, state=OfferState.OFFERED).first()


def _withdraw(entry: QueueEntry, offer: Offer | None, now: datetime) -> None:
    if offer is not None:
        give_back(offer.agent_id, entry.weight, now)
        _close_offer(offer, entry, OfferState.WITHDRAWN, now)


def _close_offer(offer: Offer, entry: QueueEntry, state: OfferState, now: datetime) -> None:
    offer.state, offer.decided_at = state, now
    offer.save(update_fields=["state", "decided_at", "reason"])
    publish(
        OfferClosed(
            offer_id=offer.pk,
            ticket_id=entry.ticket_id,
            brand_id=entry.brand_id,
            agent_id=offer.agent_id,
            state=str(state),
        )
    )


def _move_weight(entry: QueueEntry, before: int | None, to: Agent, now: datetime) -> None:
    """From one desk to another, locked by their agents' numbers whichever way the contact goes. Raises AtCapacity."""
    if before is not None and before < to.pk:
        give_back(before, entry.weight, now)
        _seat(entry, to, now)
    else:
        _seat(entry, to, now)
        if before is not None:
            give_back(before, entry.weight, now)


def _seat(entry: QueueEntry, agent: Agent, now: datetime) -> None:
    """Raises AtCapacity."""
    open_desk(agent, now)
    if take_place(agent.pk, entry.weight, now):
        return
    if entry.weight > agent.chat_capacity * WHOLE_PLACE:
        raise Invalid(_("%(name)s may not be given contacts of this kind.") % {"name": agent.name})
    raise AtCapacity(
        _("%(name)s has as much as they may have at once. Something of it has to end first.") % {"name": agent.name}
    )


def _check_own(entry: QueueEntry, agent: Agent) -> None:
    if entry.agent_id != agent.pk:
        if entry.agent is None:
            raise NotFound()
        raise HeldByAnother(_("%(name)s has this already.") % {"name": entry.agent.name})


def _stored(needs: Sequence[Need]) -> list[dict[str, int]]:
    return [{"skill": need.skill, "level": need.level} for need in needs]
