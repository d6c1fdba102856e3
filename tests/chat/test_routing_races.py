"""Visitors and agents who do everything at once: chat, entry and desk always tell the same story."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from agents.actions import note_presence, set_availability
from agents.models import Agent, Availability, Brand
from chat import dispatching
from chat.actions import accept_chat, end_chat, say
from chat.actions.handover import return_to_line
from chat.models import ChatSession, State, Widget
from tests import factories
from tests.chat.visitors import chat
from tests.tickets.routing.test_races import at_once, check_books
from tickets.actions import assign_ticket
from tickets.content import NewMessage
from tickets.models import IN_QUEUE, OPEN_ENTRY, EntryState, Mode, QueueEntry, TeamRouting
from tickets.routing import sweep as sweep_queues

pytestmark = pytest.mark.django_db(transaction=True)

VISITORS = 40
THINGS = 400
EXPECTED = {"done", "already_taken", "taken", "at_capacity", "ended", "conflict", "offered"}


def things(rng: random.Random, sessions: list[ChatSession], staff: list[Agent]) -> Callable[[], object]:
    session, agent = rng.choice(sessions), rng.choice(staff)
    now = timezone.now()
    choices: list[tuple[int, Callable[[], object]]] = [
        (8, partial(accept_chat, agent, session.ticket)),
        (3, partial(end_chat, session, agent)),
        (2, partial(end_chat, session, None)),
        (4, partial(say, session.pk, NewMessage("Still there?", client_id=f"say-{rng.random()}"))),
        (3, partial(assign_ticket, None, session.ticket_id, agent)),
        (2, partial(return_to_line, session.ticket_id, agent)),
        (1, partial(set_availability, agent.pk, rng.choice([Availability.ONLINE, Availability.AWAY]))),
        (1, partial(note_presence, agent.pk)),
        (1, partial(dispatching.sweep, now)),
        (1, partial(sweep_queues, now + timedelta(seconds=rng.choice([0, 30])))),
    ]
    weights, actions = zip(*choices, strict=True)
    chosen: Callable[[], object] = rng.choices(actions, weights)[0]
    return chosen


@pytest.mark.parametrize("mode", [Mode.OFFER, Mode.AUTO])
def test_whatever_happens_at_once_every_chat_has_one_agent_and_one_place(
    mode: Mode, widget: Widget, brand: Brand
) -> None:
    TeamRouting.objects.create(brand=brand, mode=mode, wrap_up_seconds=5)
    staff = [factories.agent(f"Agent {number}", brands=[brand], chat_capacity=2) for number in range(8)]
    for agent in staff:
        note_presence(agent.pk)
        set_availability(agent.pk, Availability.ONLINE)
    sessions = [chat(widget) for _ in range(VISITORS)]
    rng = random.Random(f"everything at once: {mode}")
    outcomes = at_once([things(rng, sessions, staff) for _ in range(THINGS)])
    assert set(outcomes) <= EXPECTED, outcomes
    assert outcomes["done"] > THINGS / 3
    dispatching.sweep(timezone.now())
    check_books()
    open_entries = {entry.ticket_id: entry for entry in QueueEntry.objects.filter(state__in=OPEN_ENTRY)}
    for session in ChatSession.objects.select_related("ticket"):
        entry = open_entries.pop(session.ticket_id, None)
        if session.state == State.ENDED:
            assert entry is None
        elif session.state == State.WAITING:
            assert entry is not None
            assert (entry.state in IN_QUEUE, session.accepted_by_id) == (True, None)
        else:
            assert entry is not None
            assert (entry.state, entry.agent_id) == (EntryState.HELD, session.accepted_by_id)
    assert not open_entries


def test_a_full_line_takes_nobody_more_however_many_come_at_once(widget: Widget, brand: Brand) -> None:
    TeamRouting.objects.create(brand=brand, max_waiting=3)
    outcomes = at_once([partial(chat, widget) for _ in range(24)])
    assert outcomes == {"done": 3, "queue_full": 21}
    assert QueueEntry.objects.filter(state__in=IN_QUEUE).count() == ChatSession.objects.count() == 3
