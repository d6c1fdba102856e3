"""Waiting, active, ended, and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import Agent
from chat.actions import accept_chat, end_chat, mark_visitor_seen, say
from chat.errors import AlreadyTaken, ChatEnded
from chat.models import ChatSession, EndedBy, State, Widget
from chat.selectors import own_chats, waiting_chats
from core.errors import Invalid
from core.ids import secret_token
from tests.chat.visitors import chat
from tickets.actions import post_note, post_reply
from tickets.content import NewMessage
from tickets.models import Delivery, EventKind


def test_accepting_makes_it_active_and_the_agents_own(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    accept_chat(ana, session.ticket)
    session.refresh_from_db()
    assert (session.state, session.accepted_by) == (State.ACTIVE, ana)
    assert session.ticket.__class__.objects.get().assignee == ana
    assert list(waiting_chats(ana)) == []
    assert list(own_chats(ana)) == [session]


def test_accepting_twice_changes_nothing(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    first = accept_chat(ana, session.ticket)
    assert accept_chat(ana, session.ticket).accepted_at == first.accepted_at


def test_the_second_agent_is_told_who_was_first(widget: Widget, ana: Agent, leo: Agent) -> None:
    session = chat(widget)
    accept_chat(ana, session.ticket)
    with pytest.raises(AlreadyTaken, match="already taken by Ana"):
        accept_chat(leo, session.ticket)


def test_an_agent_of_another_brand_cannot_accept(widget: Widget, otto: Agent) -> None:
    session = chat(widget)
    with pytest.raises(Invalid):
        accept_chat(otto, session.ticket)
    session.refresh_from_db()
    assert session.state == State.WAITING


def test_a_reply_accepts_a_waiting_chat(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    reply = post_reply(ana, session.ticket_id, NewMessage("Hello!"))
    session.refresh_from_db()
    assert (session.state, session.accepted_by) == (State.ACTIVE, ana)
    assert reply.delivery == Delivery.SENT
    assert session.agent_seen_seq >= 1


def test_a_note_leaves_it_waiting(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    post_note(ana, session.ticket_id, NewMessage("rich uncle"))
    session.refresh_from_db()
    assert session.state == State.WAITING


def test_a_reply_is_seen_when_the_widget_says_so(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    reply = post_reply(ana, session.ticket_id, NewMessage("Hello!"))
    session = ChatSession.objects.select_related("ticket").get()
    mark_visitor_seen(session, 2)
    reply.refresh_from_db()
    assert reply.delivery == Delivery.SEEN


def test_seen_never_goes_back_nor_beyond_the_last_message(widget: Widget) -> None:
    session = chat(widget)
    mark_visitor_seen(session, 99)
    mark_visitor_seen(session, 0)
    session.refresh_from_db()
    assert session.visitor_seen_seq == 1


def test_either_side_can_end_once(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    end_chat(session, ana)
    ended = end_chat(session, None)
    assert (ended.state, ended.ended_by) == (State.ENDED, EndedBy.AGENT)
    kinds = session.ticket.history.filter(kind=EventKind.CHAT).values_list("data", flat=True)
    assert list(kinds) == [{"from": "waiting", "to": "ended"}]


def test_words_soon_after_the_end_put_it_back_in_line(widget: Widget, ana: Agent) -> None:
    session = accept_chat(ana, chat(widget).ticket)
    end_chat(session, ana)
    say(session.pk, NewMessage("one more thing", client_id="message-2"))
    session.refresh_from_db()
    assert (session.state, session.accepted_by, session.ended_at) == (State.WAITING, None, None)
    assert list(waiting_chats(ana)) == [session]


def test_words_a_day_later_belong_into_a_new_chat(widget: Widget) -> None:
    session = chat(widget)
    end_chat(session, None)
    with pytest.raises(ChatEnded):
        say(session.pk, NewMessage("again", client_id="message-2"), now=timezone.now() + timedelta(hours=25))


def test_words_into_an_old_chat_while_a_new_one_is_open_belong_into_the_new_one(widget: Widget) -> None:
    token = secret_token()
    old = chat(widget, token=token)
    end_chat(old, None)
    new = chat(widget, token=token, client_id="start-0002")
    with pytest.raises(ChatEnded):
        say(old.pk, NewMessage("late", client_id="message-2"))
    assert new.ticket.messages.count() == 1


def test_a_repeated_word_after_the_end_is_acknowledged_and_reopens_nothing(widget: Widget) -> None:
    session = chat(widget)
    first = say(session.pk, NewMessage("bye", client_id="message-2"))
    end_chat(session, None)
    assert say(session.pk, NewMessage("bye", client_id="message-2")) == first
    session.refresh_from_db()
    assert session.state == State.ENDED


@pytest.mark.django_db(transaction=True)
def test_a_visitor_who_reads_while_the_agent_writes_holds_nobody_up(widget: Widget, ana: Agent) -> None:
    session = chat(widget)

    def write(number: int) -> None:
        try:
            post_reply(ana, session.ticket_id, NewMessage(str(number)))
            mark_visitor_seen(session, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(60)))
    assert session.ticket.messages.count() == 61
