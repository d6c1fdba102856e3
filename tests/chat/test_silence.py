"""Nobody answers the agent any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from agents.models import Agent
from chat.actions import accept_chat, say
from chat.actions.silence import sweep_silent
from chat.models import ChatSession, EndedBy, State, Widget
from tests.chat.visitors import chat_at
from tickets.actions import post_note, post_reply
from tickets.content import NewMessage
from tickets.locking import lock_ticket
from tickets.models import AuthorKind, EventKind

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def answered(widget: Widget, ana: Agent) -> ChatSession:
    """A chat in which Ana had the last word at noon."""
    session = chat_at(widget, NOON - timedelta(minutes=1))
    accept_chat(ana, session.ticket, now=NOON - timedelta(seconds=30))
    post_reply(ana, session.ticket_id, NewMessage("Which tent?"), now=NOON)
    session.refresh_from_db()
    return session


def notices(session: ChatSession) -> list[str]:
    lines = session.ticket.messages.filter(author_kind=AuthorKind.SYSTEM).order_by("seq")
    return [text for text in lines.values_list("text", flat=True) if "talking with" not in text]


def test_a_silent_visitor_is_asked_once_and_then_the_chat_ends(answered: ChatSession) -> None:
    assert sweep_silent(later(299)) == 0
    assert sweep_silent(later(300)) == 1
    assert sweep_silent(later(310)) == 0
    assert notices(answered) == ["Are you still there?"]
    assert sweep_silent(later(599)) == 0
    assert sweep_silent(later(600)) == 1
    answered.refresh_from_db()
    assert (answered.state, answered.ended_by, answered.ended_at) == (State.ENDED, EndedBy.SYSTEM, later(600))
    assert len(notices(answered)) == 2
    assert sweep_silent(later(700)) == 0
    assert answered.ticket.history.filter(kind=EventKind.CHAT).last().actor_kind == "system"  # type: ignore[union-attr]


def test_the_question_is_in_the_visitors_language(answered: ChatSession) -> None:
    ChatSession.objects.update(language="el-GR")
    sweep_silent(later(300))
    with translation.override("el"):
        assert notices(answered) == [_("Are you still there?")]


def test_an_answer_makes_the_question_void(answered: ChatSession, ana: Agent) -> None:
    sweep_silent(later(300))
    say(answered.pk, NewMessage("yes", client_id="message-2"), now=later(400))
    assert sweep_silent(later(2000)) == 0  # the agent's turn
    post_reply(ana, answered.ticket_id, NewMessage("Good"), now=later(2000))
    assert sweep_silent(later(2299)) == 0
    assert sweep_silent(later(2300)) == 1
    answered.refresh_from_db()
    assert answered.state == State.ACTIVE
    assert notices(answered) == ["Are you still there?"] * 2


def test_who_waits_for_us_is_never_asked(widget: Widget, ana: Agent) -> None:
    session = chat_at(widget, NOON)
    assert sweep_silent(later(100_000)) == 0
    accept_chat(ana, session.ticket, now=NOON)
    assert sweep_silent(later(100_000)) == 0


@pytest.mark.parametrize(
    ("nudge", "close", "asked", "ended"), [(0, 60, 0, False), (60, 0, 1, False), (60, 60, 1, True)]
)
def test_both_times_can_be_switched_off(
    answered: ChatSession, widget: Widget, nudge: int, close: int, asked: int, ended: bool
) -> None:
    Widget.objects.update(nudge_after=nudge, close_after=close)
    sweep_silent(later(1000))
    assert len(notices(answered)) == asked
    sweep_silent(later(5000))
    answered.refresh_from_db()
    assert (answered.state == State.ENDED) is ended


def test_who_left_for_their_mail_is_not_asked_but_the_chat_ends_all_the_same(answered: ChatSession) -> None:
    ChatSession.objects.update(reply_by_email=True)
    assert sweep_silent(later(599)) == 0
    assert sweep_silent(later(600)) == 1
    answered.refresh_from_db()
    assert (answered.state, answered.ended_by) == (State.ENDED, EndedBy.SYSTEM)
    assert "Are you still there?" not in notices(answered)


@pytest.mark.django_db(transaction=True)
def test_who_could_leave_but_reads_along_is_asked_as_everybody(answered: ChatSession, ana: Agent) -> None:
    post_note(ana, answered.ticket_id, NewMessage("Not for the visitor's eyes"), now=NOON)
    ChatSession.objects.update(reply_by_email=True, visitor_seen_seq=2)
    assert sweep_silent(later(301)) == 1
    answered.refresh_from_db()
    assert (answered.state, answered.nudged_at) == (State.ACTIVE, later(301))


def test_a_chat_that_somebody_is_busy_with_is_left_for_the_next_sweep(answered: ChatSession) -> None:
    def sweep() -> int:
        try:
            return sweep_silent(later(300))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as beside, transaction.atomic():
        lock_ticket(answered.ticket_id)
        assert beside.submit(sweep).result(timeout=30) == 0
    assert sweep_silent(later(300)) == 1
