"""Chats in the console: the two lists, taking one, losing the race for one, ending one, and what the panel says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Agent, Brand
from chat.actions import accept_chat, say
from chat.models import ChatSession, Invitation, State
from console.selectors.chats import ChatLists, chat_lists
from crm.actions import record_consent
from tests.console.visitors import chat
from tickets.actions import mark_read, post_reply, post_system_message, rate_ticket
from tickets.content import NewMessage
from tickets.models import Ticket

HTMX = {"HX-Request": "true"}
IN_CHATS = HTMX | {"HX-Current-URL": "http://testserver/console/views/chats/"}
MOST_QUERIES = 15


@pytest.fixture
def session(brand: Brand) -> ChatSession:
    return chat(brand)


def take(agent: Agent, session: ChatSession) -> Ticket:
    accept_chat(agent, session.ticket)
    return Ticket.objects.get(pk=session.ticket_id)


def test_a_waiting_chat_is_taken_and_opened(session: ChatSession, as_ana: Client, ana: Agent) -> None:
    assert "Accept" in as_ana.get("/console/views/chats/").content.decode()
    answer = as_ana.post(f"/console/chats/{session.ticket_id}/accept/", headers=HTMX)
    assert answer["HX-Redirect"] == f"/console/tickets/{session.ticket_id}/?view=chats"
    session.refresh_from_db()
    assert (session.state, session.accepted_by_id) == (State.ACTIVE, ana.pk)
    body = as_ana.get(f"/console/tickets/{session.ticket_id}/").content.decode()
    assert "End chat" in body
    assert "Ana accepted the chat" in body


def test_accepted_within_chats_only_the_conversation_changes(session: ChatSession, as_ana: Client) -> None:
    answer = as_ana.post(f"/console/chats/{session.ticket_id}/accept/", headers=IN_CHATS)
    assert json.loads(answer["HX-Location"])["path"] == f"/console/tickets/{session.ticket_id}/?view=chats"
    assert json.loads(answer["HX-Location"])["target"] == "#workspace"


def test_the_longest_waiting_is_taken_first(brand: Brand, as_ana: Client, ana: Agent, leo: Agent) -> None:
    now = timezone.now()
    late, early, taken = (chat(brand, now=now - timedelta(minutes=minutes)) for minutes in (1, 5, 9))
    take(leo, taken)
    for session in (early, late):
        as_ana.post("/console/chats/accept/", headers=IN_CHATS)
        session.refresh_from_db()
        assert session.accepted_by == ana
    answer = as_ana.post("/console/chats/accept/", headers=IN_CHATS)
    assert answer.status_code == 404
    assert "Nobody is waiting" in answer.content.decode()


def test_nobody_takes_the_next_of_another_brand(session: ChatSession, as_otto: Client, client: Client) -> None:
    assert as_otto.post("/console/chats/accept/").status_code == 404
    assert client.post("/console/chats/accept/").status_code == 302
    session.refresh_from_db()
    assert session.state == State.WAITING


def test_the_lists_are_in_order_and_say_who_waits(brand: Brand, ana: Agent, leo: Agent) -> None:
    now = timezone.now()
    sessions = [chat(brand, f"Words {n}", name=f"Visitor {n}", now=now - timedelta(minutes=9 - n)) for n in range(5)]
    take(ana, sessions[3])
    take(ana, sessions[0])
    take(leo, sessions[1])
    post_reply(ana, sessions[3].ticket_id, NewMessage("Hello"))
    lists = chat_lists(ana)
    assert [row.pk for row in lists.own] == [sessions[3].ticket_id, sessions[0].ticket_id]
    assert [row.pk for row in lists.waiting] == [sessions[2].ticket_id, sessions[4].ticket_id]
    assert lists.waiting_total == 2
    answered, waiting = lists.own
    assert (answered.last_is_ours, answered.delivery, answered.waiting_since) == (True, "sent", None)
    assert (waiting.last_is_ours, waiting.name, waiting.page) == (False, "Visitor 0", "Tents")
    assert waiting.waiting_since == now - timedelta(minutes=9)


def test_unread_marks_follow_the_reader(brand: Brand, ana: Agent, leo: Agent) -> None:
    session = chat(brand)
    ticket = take(ana, session)
    assert chat_lists(ana).own[0].is_unread
    mark_read(ana, ticket, ticket.last_seq)
    assert not chat_lists(ana).own[0].is_unread
    before = chat_lists(ana).own[0].digest
    say(session.pk, NewMessage("And another thing", client_id="second-0001"))
    after: ChatLists = chat_lists(ana)
    assert after.own[0].is_unread
    assert after.own[0].digest != before
    assert after.own[0].words == "And another thing"


def test_a_wait_too_long_stands_out(brand: Brand, as_ana: Client) -> None:
    now = timezone.now()
    chat(brand, now=now - timedelta(seconds=brand.chat_alarm_seconds - 60))
    assert 'class="wait is-long"' not in as_ana.get("/console/chats/live/").content.decode()
    chat(brand, now=now - timedelta(seconds=brand.chat_alarm_seconds + 1))
    body = as_ana.get("/console/chats/live/").content.decode()
    assert body.count('class="wait is-long"') == 1
    assert "too long" in body


@pytest.mark.parametrize("count", [2, 30])
def test_the_chats_view_costs_the_same_however_many_there_are(
    count: int, brand: Brand, as_ana: Client, ana: Agent, django_assert_max_num_queries: Any
) -> None:
    ana.chat_capacity = count
    ana.save(update_fields=["chat_capacity"])
    sessions = [chat(brand) for _ in range(count)]
    for session in sessions[: count // 2]:
        take(ana, session)
    with django_assert_max_num_queries(MOST_QUERIES):
        as_ana.get("/console/views/chats/")
    with django_assert_max_num_queries(MOST_QUERIES):
        as_ana.get("/console/chats/live/")


def test_the_rail_names_ones_running_chats(brand: Brand, ana: Agent, leo: Agent, as_ana: Client) -> None:
    first, second, foreign = chat(brand), chat(brand), chat(brand)
    for session in (first, second):
        take(ana, session)
    take(leo, foreign)
    post_reply(ana, first.ticket_id, NewMessage("Hello"))
    body = as_ana.get("/console/views/mine/").content.decode()
    assert f'data-own-chats="{first.ticket_id}:2:0,{second.ticket_id}:1:1"' in body
    assert as_ana.get("/console/views/mine/").context["unanswered"] == 1


def test_who_comes_second_is_told_who_was_first(session: ChatSession, as_ana: Client, as_leo: Client) -> None:
    as_ana.post(f"/console/chats/{session.ticket_id}/accept/")
    answer = as_leo.post(f"/console/chats/{session.ticket_id}/accept/", headers=HTMX)
    assert answer.status_code == 409
    assert "taken by Ana" in answer.content.decode()


def test_an_ended_chat_can_no_longer_be_ended(session: ChatSession, as_ana: Client) -> None:
    as_ana.post(f"/console/chats/{session.ticket_id}/accept/")
    for _ in range(2):
        assert as_ana.post(f"/console/chats/{session.ticket_id}/end/", headers=HTMX).status_code == 204
    body = as_ana.get(f"/console/tickets/{session.ticket_id}/").content.decode()
    assert "End chat" not in body
    assert "Ana ended the chat" in body
    assert chat_lists(Agent.objects.get(name="Ana")).own == []


@pytest.mark.parametrize("verb", ["accept", "end", "typing"])
def test_chats_of_another_brand_are_not_there(verb: str, session: ChatSession, as_otto: Client, client: Client) -> None:
    assert as_otto.post(f"/console/chats/{session.ticket_id}/{verb}/").status_code == 404
    assert client.post(f"/console/chats/{session.ticket_id}/{verb}/").status_code == 302
    session.refresh_from_db()
    assert session.state == State.WAITING


def test_reading_a_chat_shows_the_visitor_that_it_was_seen(session: ChatSession, as_ana: Client) -> None:
    as_ana.post(f"/console/tickets/{session.ticket_id}/read/", {"seq": "1"})
    session.refresh_from_db()
    assert session.agent_seen_seq == 1


def opened(client: Client, session: ChatSession) -> str:
    answer = client.get(f"/console/tickets/{session.ticket_id}/?view=chats", headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_line_of_the_house_is_no_bubble(session: ChatSession, as_ana: Client) -> None:
    post_system_message(session.ticket_id, "Are you <still> there?", channel="chat")
    body = opened(as_ana, session)
    line = body[body.index('class="notice-line" id="m-2"') :]
    assert "Are you &lt;still&gt; there?" in line[:400]
    assert "The system" not in body


def test_a_rating_stands_in_panel_and_history(session: ChatSession, ana: Agent, as_ana: Client) -> None:
    rate_ticket(
        session.ticket_id, score=4, comment="Quick & kind", channel="chat", agent=ana, by=session.ticket.customer
    )
    body = opened(as_ana, session)
    assert "Rated 4 of 5 by the customer" in body
    assert "Quick &amp; kind" in body
    assert "The customer rated the service 4 of 5" in body


def test_what_the_customer_agreed_to_can_be_read(session: ChatSession, as_ana: Client) -> None:
    record_consent(session.ticket.customer, kind="chat", text="We keep the chat.", source="widget:1", version="v7")
    body = opened(as_ana, session)
    assert "v7" in body
    assert "We keep the chat." in body


def test_the_visitors_surroundings_are_shown(session: ChatSession, as_ana: Client) -> None:
    ChatSession.objects.filter(pk=session.pk).update(
        language="id-ID", referrer="https://search.example/?q=<tent>", proof="claimed", visitor_email="a@example.com"
    )
    body = opened(as_ana, session)
    for words in ("Tents", "Indonesian (Indonesia)", "?q=&lt;tent&gt;", "Claimed, not proved", "a@example.com"):
        assert words in body, words


def test_a_chat_costs_no_more_queries_than_a_mail(
    session: ChatSession, ana: Agent, as_ana: Client, django_assert_max_num_queries: Any
) -> None:
    take(ana, session)
    invitation = Invitation.objects.create(widget=session.widget, text="May we <help>?")
    answers = [{"key": "order", "label": "Order <number>", "value": "48213"}]
    ChatSession.objects.filter(pk=session.pk).update(invitation=invitation, answers=answers)
    record_consent(session.ticket.customer, kind="chat", text="We keep the chat.", source="widget:1")
    for number in range(40):
        say(session.pk, NewMessage(f"Line {number}", client_id=f"line-{number:04}"))
    with django_assert_max_num_queries(21):
        body = opened(as_ana, session)
    for words in ("48213", "Order &lt;number&gt;", "May we &lt;help&gt;?", "We keep the chat."):
        assert words in body, words


def test_what_changed_in_a_chat_comes_with_the_next_look(session: ChatSession, ana: Agent, as_ana: Client) -> None:
    address = f"/console/tickets/{session.ticket_id}/since/"
    assert 'id="panel-live"' not in as_ana.get(address).content.decode()
    rate_ticket(session.ticket_id, score=2, channel="chat", agent=ana, by=session.ticket.customer)
    ChatSession.objects.filter(pk=session.pk).update(reply_by_email=True, visitor_email="zoe@example.com")
    body = as_ana.get(address, {"panel": "1"}).content.decode()
    assert "Rated 2 of 5" in body
    assert "your answer goes by email to zoe@example.com" in body
    as_ana.post(f"/console/chats/{session.ticket_id}/end/", headers=HTMX)
    assert "The chat has ended." in as_ana.get(address).content.decode()
