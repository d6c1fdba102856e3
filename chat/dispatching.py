"""What moves the routing for chats: somebody has room, somebody has gone, somebody was given a chat.

Each is asked for by an event after commit (`chat.subscribers`), and again by a sweep that catches what events missed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from agents.actions import end_last_call
from agents.models import Agent, Availability
from agents.permissions import visible_brands
from agents.selectors import CONSOLE_OPEN_WITHIN, hand_back_after
from chat.actions.agents import accept_chat
from chat.actions.handover import follow_assignee, return_to_line
from chat.actions.queueing import stand_in_line
from chat.actions.transfer import expire_transfers
from chat.locking import lock_session
from chat.models import ChatSession, State
from core.errors import AppError
from tickets import routing
from tickets.locking import lock_ticket
from tickets.models import LOADING, OPEN_ENTRY, EntryState, Message, QueueEntry
from tickets.routing.written import LIVE

logger = logging.getLogger(__name__)

AGENT_GONE = _("The connection to our colleague was lost. You are next in line, and somebody will be with you soon.")
MOST_AT_ONCE = 200
"""Chats of one sweep; the next one takes the rest."""


def agent_changed(agent_id: int, *, now: datetime) -> None:
    """Who is online may be given what waits; who is not is asked no more; who has made their last call may go."""
    agent = Agent.objects.filter(pk=agent_id).first()
    if agent is None:
        return
    if agent.is_active and agent.availability == Availability.ONLINE:
        for brand in visible_brands(agent):
            routing.drain(brand.pk, now=now)
    else:
        withdraw_offers(agent_id, now=now)
        end_last_calls(now=now)


def withdraw_offers(agent_id: int, *, now: datetime) -> int:
    """What the agent is asked to take goes to the next at once, with no mark that they declined."""
    offered = QueueEntry.objects.filter(agent=agent_id, state=EntryState.OFFERED)
    return sum(_put_back(offered, ticket_id, now) for ticket_id in list(offered.values_list("ticket", flat=True)))


def withdraw_offer(ticket_id: int, *, now: datetime) -> bool:
    """Who is asked has closed their console since: the next one is asked, without waiting for the time to run out."""
    return _put_back(_asked_in_vain(now), ticket_id, now)


def _put_back(offered: QuerySet[QueueEntry], ticket_id: int, now: datetime) -> bool:
    with transaction.atomic():
        lock_ticket(ticket_id)
        if not offered.filter(ticket=ticket_id).exists():  # accepted in the meantime: then it is theirs
            return False
        routing.put_back(ticket_id, None, now=now)
    return True


def end_last_calls(*, now: datetime) -> int:
    """Who is on last call and has no live contact left is away; return how many. Mail waits for them."""
    carrying = QueueEntry.objects.filter(agent=OuterRef("pk"), state__in=LOADING, channel__in=LIVE)
    done = Agent.objects.filter(~Exists(carrying), availability=Availability.LAST_CALL).values_list("pk", flat=True)
    return sum(end_last_call(agent_id, now=now) for agent_id in done)


def begin_given(ticket_id: int, agent_id: int, *, now: datetime) -> bool:
    """The routing has given a chat to an agent without asking: it begins."""
    session = ChatSession.objects.select_related("ticket").filter(ticket=ticket_id, state=State.WAITING).first()
    agent = Agent.objects.filter(pk=agent_id).first()
    if session is None or agent is None:
        return False
    accept_chat(agent, session.ticket, now=now)
    return True


def sweep(now: datetime) -> int:
    """Return how much was done. Safe beside other sweeps; each chat in a transaction of its own."""
    return sum(
        (
            _each(_asked_in_vain(now), lambda ticket_id: withdraw_offer(ticket_id, now=now)),
            _each(_left_alone(now), lambda ticket_id: hand_back(ticket_id, now=now)),
            _each(_given_and_not_begun(), lambda ticket_id: _begin_again(ticket_id, now)),
            _each(_given_on(), lambda ticket_id: follow_assignee(ticket_id, now=now)),
            _each(_not_in_line(), lambda ticket_id: _enter_again(ticket_id, now)),
            end_last_calls(now=now),
            expire_transfers(now),
        )
    )


def _each(tickets: QuerySet[Any], action: Callable[[int], bool]) -> int:
    """One that fails is told in the log and does not keep the others from their turn."""
    done = 0
    for ticket_id in list(tickets.order_by("pk").values_list("ticket", flat=True)[:MOST_AT_ONCE]):
        try:
            done += action(ticket_id)
        except AppError as error:
            logger.warning("the routing of ticket %s could not be mended: %s", ticket_id, error)
    return done


def hand_back(ticket_id: int, *, now: datetime) -> bool:
    """The agent's console has been closed for longer than the grace: their chat waits again where it stood."""
    with transaction.atomic():
        lock_ticket(ticket_id)
        if not _left_alone(now).filter(ticket=ticket_id).exists():  # they came back
            return False
        return return_to_line(ticket_id, None, now=now, notice=AGENT_GONE)


def _asked_in_vain(now: datetime) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(state=EntryState.OFFERED, agent__last_seen_at__lt=now - CONSOLE_OPEN_WITHIN)


def _left_alone(now: datetime) -> QuerySet[QueueEntry]:
    """Running chats whose agent has had no open console for longer than the grace.

    Either it was open while they had the chat; or they have had the chat for as long, and not a word of theirs is in
    it: somebody gave it to a colleague who is not there. Who answers without a console works by other means (the API).
    """
    gone = now - hand_back_after()
    there_once = Q(agent__last_seen_at__gte=F("held_at") - CONSOLE_OPEN_WITHIN)
    said = Message.objects.filter(
        ticket=OuterRef("ticket"), agent=OuterRef("agent"), created_at__gte=OuterRef("held_at")
    )
    return QueueEntry.objects.filter(
        Q(agent__last_seen_at__lt=gone) | Q(agent__last_seen_at=None),
        there_once | (Q(held_at__lt=gone) & ~Exists(said)),
        state=EntryState.HELD,
        ticket__chat_session__state=State.ACTIVE,
    )


def _given_and_not_begun() -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(state=EntryState.HELD, ticket__chat_session__state=State.WAITING)


def _given_on() -> QuerySet[QueueEntry]:
    """With another agent than the one whom the visitor sees, because the event that tells them was lost."""
    held = QueueEntry.objects.filter(state=EntryState.HELD, ticket__chat_session__state=State.ACTIVE)
    return held.exclude(ticket__chat_session__accepted_by=F("agent")).filter(ticket__assignee=F("agent"))


def _begin_again(ticket_id: int, now: datetime) -> bool:
    agent_id = (
        QueueEntry.objects.filter(ticket=ticket_id, state=EntryState.HELD).values_list("agent", flat=True).first()
    )
    return begin_given(ticket_id, agent_id, now=now) if agent_id is not None else False


def _not_in_line() -> QuerySet[ChatSession]:
    entry = QueueEntry.objects.filter(ticket=OuterRef("ticket"), state__in=OPEN_ENTRY)
    return ChatSession.objects.filter(~Exists(entry), state=State.WAITING)


def _enter_again(ticket_id: int, now: datetime) -> bool:
    session_id = ChatSession.objects.values_list("pk", flat=True).get(ticket=ticket_id)
    with transaction.atomic():
        session = lock_session(session_id)
        if session.state != State.WAITING:
            return False
        stand_in_line(session, now=session.queued_at)
    return True
