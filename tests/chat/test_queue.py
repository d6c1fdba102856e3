"""The line: places in order, estimates from measured times, told when it moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.actions import set_availability
from agents.models import Agent, Availability, Brand
from chat.actions import accept_chat, end_chat
from chat.announcing import tell_lines
from chat.models import ChatSession, State, Widget
from chat.queue import Line, Pace, pace_of, place_of, places
from tests import factories
from tests.chat.visitors import Visitor, chat
from tickets.actions import change_priority, move_to_team
from tickets.models import EntryState, Priority, QueueEntry

pytestmark = pytest.mark.django_db


def online(agent: Agent) -> Agent:
    set_availability(agent.pk, Availability.ONLINE)
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=timezone.now())
    return agent


def wait(widget: Widget, minutes_ago: float = 0) -> ChatSession:
    session = chat(widget, client_id=f"start-{timezone.now().timestamp()}"[:40])
    since = timezone.now() - timedelta(minutes=minutes_ago)
    ChatSession.objects.filter(pk=session.pk).update(queued_at=since)
    QueueEntry.objects.filter(ticket=session.ticket_id).update(entered_at=since)
    return ChatSession.objects.select_related("ticket").get(pk=session.pk)


def handled(widget: Widget, agent: Agent, minutes: list[float], *, days_ago: float = 1) -> None:
    """Chats of the past that took so long."""
    for length in minutes:
        session = chat(widget, client_id=f"past-{length}-{timezone.now().timestamp()}"[:40])
        end = timezone.now() - timedelta(days=days_ago)
        ChatSession.objects.filter(pk=session.pk).update(
            state=State.ENDED,
            accepted_by=agent,
            accepted_at=end - timedelta(minutes=length),
            ended_at=end,
            ended_by="agent",
        )
        QueueEntry.objects.filter(ticket=session.ticket_id).update(state=EntryState.DONE)


def position(session: ChatSession) -> int | None:
    place = place_of(ChatSession.objects.select_related("ticket").get(pk=session.pk), now=timezone.now())
    return place.position if place else None


def test_who_came_first_is_first_and_moves_up(widget: Widget, ana: Agent) -> None:
    second, first, third = wait(widget, 2), wait(widget, 5), wait(widget, 1)
    assert [position(one) for one in (first, second, third)] == [1, 2, 3]
    accept_chat(ana, first.ticket)
    assert [position(one) for one in (first, second, third)] == [None, 1, 2]


def test_what_is_urgent_goes_before_what_is_old(widget: Widget, ana: Agent) -> None:
    old, urgent = wait(widget, 9), wait(widget, 1)
    change_priority(ana, urgent.ticket_id, Priority.URGENT)
    assert [position(urgent), position(old)] == [1, 2]


def test_departments_and_brands_have_lines_of_their_own(widget: Widget, ana: Agent, brand: Brand) -> None:
    sales = factories.team("Sales", brand)
    one, other = wait(widget, 5), wait(widget, 3)
    move_to_team(ana, other.ticket_id, sales)
    assert [position(one), position(other)] == [1, 1]


def test_whoever_takes_up_an_ended_chat_goes_to_the_end_of_the_line(
    visitor: Visitor, widget: Widget, ana: Agent
) -> None:
    visitor.start()
    mine = ChatSession.objects.get()
    accept_chat(ana, mine.ticket)
    end_chat(mine, ana)
    other = wait(widget, 1)
    assert visitor.say("One more thing", id="message-2").status_code == 200
    assert [position(other), position(mine)] == [1, 2]


@pytest.mark.parametrize(
    ("place", "minutes"),
    [(1, (0, 1)), (2, (0, 1)), (3, (1, 2)), (5, (3, 6)), (8, (7, 12)), (1000, None)],
)
def test_the_estimate_is_the_documented_formula(place: int, minutes: tuple[int, int] | None) -> None:
    # h from 5 to 8 minutes, four chats at once, two places free.
    assert Pace(lower=300, upper=480, capacity=4, free=2).minutes(place) == minutes


def test_the_pace_is_measured_over_the_lines_last_chats(widget: Widget, ana: Agent, brand: Brand) -> None:
    online(ana)
    line = Line(brand.pk, None)
    handled(widget, ana, [4, 6, 8, 10])
    assert pace_of(line, now=timezone.now()) is None
    handled(widget, ana, [12])
    handled(widget, ana, [500], days_ago=20)
    pace = pace_of(line, now=timezone.now())
    assert pace is not None
    assert (round(pace.lower), round(pace.upper), pace.capacity, pace.free) == (360, 600, 3, 3)


def test_nobody_there_is_no_promise(widget: Widget, ana: Agent) -> None:
    handled(widget, ana, [4, 6, 8, 10, 12])
    place = place_of(wait(widget), now=timezone.now())
    assert place is not None
    assert (place.position, place.minutes) == (1, None)


def test_the_visitor_is_told_place_and_range(visitor: Visitor, widget: Widget, ana: Agent) -> None:
    online(ana)
    Agent.objects.filter(pk=ana.pk).update(chat_capacity=1)
    handled(widget, ana, [6, 6, 6, 6, 6])
    for _ in range(2):
        wait(widget, 3)
    assert visitor.start().json()["queue"] == {"position": 3, "minutes": [12, 12]}


def test_a_line_is_read_with_few_queries_however_long(
    widget: Widget, ana: Agent, brand: Brand, django_assert_max_num_queries: Any
) -> None:
    online(ana)
    handled(widget, ana, [4, 6, 8, 10, 12])
    for number in range(15):
        wait(widget, number)
    with django_assert_max_num_queries(4):
        assert len(places(Line(brand.pk, None), now=timezone.now())) == 15


def test_telling_reaches_everybody_who_waits(widget: Widget, brand: Brand, ana: Agent) -> None:
    waiting = [wait(widget, 2), wait(widget, 1)]
    accept_chat(ana, wait(widget).ticket)
    assert tell_lines(brand.pk) == len(waiting)


def test_times_are_compared_in_utc(widget: Widget) -> None:
    now: datetime = timezone.now()
    place = place_of(wait(widget), now=now.astimezone())
    assert place is not None
    assert place.position == 1
