"""A running chat is given to a colleague."""

from __future__ import annotations

import pytest

from agents.models import Agent
from chat.actions import accept_chat
from chat.models import ChatSession, State, Widget
from chat.selectors import own_chats
from tests.chat.visitors import chat
from tickets.actions import assign_ticket, post_reply
from tickets.content import NewMessage
from tickets.models import AuthorKind, Message

pytestmark = pytest.mark.django_db(transaction=True)


def notices() -> list[str]:
    return list(Message.objects.filter(author_kind=AuthorKind.SYSTEM).values_list("text", flat=True))


def test_the_visitor_is_told_and_the_chat_is_the_colleagues(widget: Widget, ana: Agent, leo: Agent) -> None:
    session = chat(widget)
    accept_chat(ana, session.ticket)
    assert notices() == []
    assign_ticket(ana, session.ticket_id, leo)
    session.refresh_from_db()
    assert (session.state, session.accepted_by) == (State.ACTIVE, leo)
    assert notices() == ["You are now talking with Leo."]
    assert list(own_chats(leo)) == [session]
    assert list(own_chats(ana)) == []


def test_a_waiting_chat_follows_nobody(widget: Widget, ana: Agent, leo: Agent) -> None:
    session = chat(widget)
    assign_ticket(leo, session.ticket_id, ana)
    session.refresh_from_db()
    assert (session.state, session.accepted_by) == (State.WAITING, None)
    assert notices() == []


def test_nobody_is_no_colleague(widget: Widget, ana: Agent) -> None:
    session = chat(widget)
    post_reply(ana, session.ticket_id, NewMessage("Hello"))
    assign_ticket(ana, session.ticket_id, None)
    session.refresh_from_db()
    assert (session.state, session.accepted_by) == (State.ACTIVE, ana)
    assert ChatSession.objects.get().is_open
