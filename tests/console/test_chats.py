"""Chats in the console: taking one, losing the race for one, ending one, and what the panel says."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from agents.models import Agent, Brand
from chat.actions import NewChat, start_chat
from chat.models import ChatSession, State, Widget
from tickets.content import NewMessage

HTMX = {"HX-Request": "true"}


@pytest.fixture
def session(brand: Brand) -> ChatSession:
    widget = Widget.objects.create(brand=brand, name="Shop", allowed_domains=["shop.example.com"])
    visitor = hashlib.sha256(b"visitor").hexdigest()
    return start_chat(widget, NewChat(visitor, NewMessage("Hi, anybody there?", client_id="start-0001"), name="Zoë"))


def test_a_waiting_chat_is_taken_and_opened(session: ChatSession, as_ana: Client, ana: Agent) -> None:
    assert "Accept" in as_ana.get("/console/views/chats/").content.decode()
    answer = as_ana.post(f"/console/chats/{session.ticket_id}/accept/", headers=HTMX)
    assert answer["HX-Redirect"] == f"/console/tickets/{session.ticket_id}/?view=mine"
    session.refresh_from_db()
    assert (session.state, session.accepted_by_id) == (State.ACTIVE, ana.pk)
    body = as_ana.get(f"/console/tickets/{session.ticket_id}/").content.decode()
    assert "End chat" in body
    assert "Ana accepted the chat" in body


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
