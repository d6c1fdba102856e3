"""Many visitors' words in one transaction: each as if it had come alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.actions import end_chat, say
from chat.actions.talking import Said, Words, say_all
from chat.errors import ChatEnded
from chat.models import ChatSession, State, Widget
from core import events
from core.errors import NotFound
from tests.chat.visitors import chat
from tickets.actions import change_status, post_note
from tickets.content import NewMessage
from tickets.events import MessagePosted
from tickets.models import Delivery, Message, Status, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


def words(session: ChatSession, text: str, id: str) -> Words:
    return Words(session.pk, session.ticket_id, NewMessage(text, client_id=id))


def said(answers: list[Said | Exception]) -> list[tuple[int, int]]:
    """(seq, prev) of each."""
    return [(answer.message.seq, answer.prev) for answer in answers if isinstance(answer, Said)]


@pytest.fixture
def two(widget: Widget) -> tuple[ChatSession, ChatSession]:
    return chat(widget), chat(widget)


def test_each_chat_counts_on_its_own(two: tuple[ChatSession, ChatSession]) -> None:
    one, other = two
    answers = say_all([words(one, "a", "message-1"), words(other, "b", "message-1"), words(one, "c", "message-2")])
    assert said(answers) == [(2, 1), (2, 1), (3, 2)]
    assert list(one.ticket.messages.values_list("seq", "text")) == [(1, "Hello"), (2, "a"), (3, "c")]


def test_the_same_id_is_one_message_within_a_batch_and_after_it(two: tuple[ChatSession, ChatSession]) -> None:
    one, other = two
    answers = say_all([words(one, "a", "message-1"), words(other, "x", "message-9"), words(one, "a", "message-1")])
    again = say_all([words(one, "a", "message-1")])
    assert said(answers) == [(2, 1), (2, 1), (2, 1)]
    assert said(again) == [(2, 1)]
    assert Message.objects.filter(client_id="message-1").count() == 1


def test_a_note_between_leaves_no_gap_that_the_visitor_could_see(
    two: tuple[ChatSession, ChatSession], ana: Any
) -> None:
    one, _other = two
    post_note(ana, one.ticket_id, NewMessage("SECRET"))
    assert said(say_all([words(one, "a", "message-1"), words(one, "b", "message-2")])) == [(3, 1), (4, 3)]


def test_what_is_refused_harms_nobody_else(two: tuple[ChatSession, ChatSession], widget: Widget) -> None:
    one, other = two
    off = chat(Widget.objects.create(brand=widget.brand, name="Off", public_key="off"))
    Widget.objects.filter(public_key="off").update(is_active=False)
    answers = say_all(
        [
            words(one, "a", "message-1"),
            words(other, "x" * 10_001, "message-2"),
            words(other, " ", "message-3"),
            words(off, "b", "message-4"),
            Words(0, 0, NewMessage("c", client_id="message-5")),
            words(other, "d", "message-6"),
        ]
    )
    codes = [getattr(answer, "code", "said") for answer in answers]
    assert codes == ["said", "too_long", "empty", "not_found", "not_found", "said"]
    assert isinstance(answers[3], NotFound)


def test_what_cannot_be_written_together_is_written_alone(two: tuple[ChatSession, ChatSession]) -> None:
    one, other = two
    # A row that takes the next number away: no batch with this chat can be written.
    Message.objects.filter(ticket=other.ticket_id, seq=1).update(seq=2)
    answers = say_all([words(one, "a", "message-1"), words(other, "b", "message-2"), words(one, "c", "message-3")])
    assert said(answers) == [(2, 1), (3, 2)]
    assert isinstance(answers[1], Exception)
    assert list(one.ticket.messages.values_list("text", flat=True)) == ["Hello", "a", "c"]


def test_an_ended_chat_is_taken_up_again_and_an_old_one_is_not(two: tuple[ChatSession, ChatSession]) -> None:
    one, other = two
    now = timezone.now()
    end_chat(one, None, now=now)
    end_chat(other, None, now=now - timedelta(hours=25))
    answers = say_all([words(one, "a", "message-1"), words(other, "b", "message-2")], now=now)
    assert said(answers) == [(2, 1)]
    assert isinstance(answers[1], ChatEnded)
    assert ChatSession.objects.get(pk=one.pk).state == State.WAITING


def test_the_ticket_is_as_after_words_that_came_alone(two: tuple[ChatSession, ChatSession], ana: Any) -> None:
    together, alone = two
    now = timezone.now()
    for session in two:
        change_status(ana, session.ticket_id, Status.SOLVED)
        Ticket.objects.filter(pk=session.ticket_id).update(snoozed_until=now)
    say_all([words(together, "It is still broken", "message-1")], now=now)
    say(alone.pk, NewMessage("It is still broken", client_id="message-1"), now=now)
    fields = (
        *("status", "excerpt", "last_seq", "last_activity_at", "waiting_since", "snoozed_until", "solved_at"),
        "customer__last_contact_at",
    )
    first, second = (Ticket.objects.values(*fields).get(pk=session.ticket_id) for session in two)
    assert first == second
    assert first["status"] == Status.OPEN
    histories = [list(_history(session)) for session in two]
    assert histories[0] == histories[1]
    rows = [_row(session) for session in two]
    assert rows[0] == rows[1]


def _history(session: ChatSession) -> Any:
    lines = TicketEvent.objects.filter(ticket=session.ticket_id).order_by("id")
    return lines.values_list("kind", "actor_kind", "data", "after_seq")


def _row(session: ChatSession) -> Any:
    fields = ("seq", "channel", "direction", "visibility", "author_kind", "text", "delivery", "client_id", "created_at")
    return session.ticket.messages.order_by("-seq").values(*fields)[0]


def test_the_number_of_statements_does_not_grow_with_the_number_of_words(widget: Widget) -> None:
    sessions = [chat(widget) for _number in range(12)]
    counts = []
    for number, batch in enumerate((sessions[:2], sessions)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            say_all([words(session, "a", f"message-{number}") for session in batch])
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


@pytest.mark.django_db(transaction=True)
def test_every_message_is_announced_after_commit_and_only_then(
    two: tuple[ChatSession, ChatSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[MessagePosted] = []
    listeners: list[Callable[[Any], None]] = [*events._subscribers[MessagePosted], heard.append]
    monkeypatch.setitem(events._subscribers, MessagePosted, listeners)
    one, other = two
    say_all([words(one, "a", "message-1"), words(other, "", "message-2"), words(other, "b", "message-3")])
    assert [(event.ticket_id, event.seq, event.direction) for event in heard] == [
        (one.ticket_id, 2, "in"),
        (other.ticket_id, 2, "in"),
    ]


def test_inbound_words_have_no_delivery(two: tuple[ChatSession, ChatSession]) -> None:
    one, _other = two
    say_all([words(one, "a", "message-1")])
    assert set(one.ticket.messages.values_list("delivery", flat=True)) == {Delivery.NONE}
