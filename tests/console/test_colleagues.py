"""Passing a chat on, asking a colleague in, keeping a visitor out: the menu, the cards, the errors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from agents.models import Agent, Availability, Brand, Team
from chat.actions import accept_chat
from chat.actions.transfer import TRANSFER_SECONDS, ask_transfer, decline_transfer, expire_transfers
from chat.models import BlockedVisitor, ChatGuest, ChatSession, ChatTransfer, State, TransferState
from tests.console.visitors import chat

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 14


@pytest.fixture
def talk(brand: Brand, ana: Agent) -> ChatSession:
    """A chat that Ana has."""
    return accept_chat(ana, chat(brand, name="Zoë <b>").ticket)


def post(client: Client, session: ChatSession, verb: str, **fields: str) -> Any:
    return client.post(f"/console/chats/{session.ticket_id}/{verb}/", fields, headers=HTMX)


def cards(client: Client) -> str:
    return client.get("/console/desk/", headers=HTMX).content.decode()


def page(client: Client, session: ChatSession) -> str:
    return client.get(f"/console/tickets/{session.ticket_id}/").content.decode()


def test_the_menu_names_who_can_be_asked(
    talk: ChatSession, brand: Brand, ana: Agent, leo: Agent, as_ana: Client
) -> None:
    Agent.objects.filter(pk=leo.pk).update(availability=Availability.ONLINE)
    Team.objects.create(brand=brand, name="Billing").agents.add(leo)
    Team.objects.create(brand=brand, name="Nobody here")
    address = f"/console/chats/{talk.ticket_id}/more/"
    body = as_ana.get(address, headers=HTMX).content.decode()
    assert f'value="agent-{leo.pk}"' in body
    assert "Billing" in body
    assert "Nobody here" not in body
    assert f'value="agent-{ana.pk}"' not in body
    assert as_ana.get(address).status_code == 302


def test_a_colleague_is_asked_accepts_and_has_the_chat(
    talk: ChatSession, leo: Agent, as_ana: Client, as_leo: Client
) -> None:
    assert post(as_ana, talk, "transfer", to=f"agent-{leo.pk}", summary="Wants a <refund>").status_code == 204
    body = cards(as_leo)
    assert "Zoë &lt;b&gt;: Ana asks you to take over" in body
    assert "Wants a &lt;refund&gt;" in body
    assert "You asked Leo to take over" in cards(as_ana)
    answer = post(as_leo, talk, "transfer", do="accept")
    assert answer["HX-Redirect"].startswith(f"/console/tickets/{talk.ticket_id}/")
    talk.refresh_from_db()
    assert talk.accepted_by == leo
    body = page(as_leo, talk)
    for words in ("Ana asked Leo to take the chat over", "Leo took the chat over from Ana", "Wants a &lt;refund&gt;"):
        assert words in body, words
    assert "take over" not in cards(as_leo) + cards(as_ana)


def test_a_declined_transfer_stays_with_who_asked(
    talk: ChatSession, leo: Agent, ana: Agent, as_ana: Client, as_leo: Client
) -> None:
    post(as_ana, talk, "transfer", to=f"agent-{leo.pk}")
    assert post(as_leo, talk, "transfer", do="decline").status_code == 204
    talk.refresh_from_db()
    assert (talk.accepted_by, ChatTransfer.objects.get().state) == (ana, TransferState.DECLINED)
    assert "Leo declined to take the chat over" in page(as_ana, talk)
    answer = post(as_leo, talk, "transfer", do="accept")
    assert answer.status_code == 409
    assert "This transfer is over" in answer.content.decode()


def test_a_team_is_asked_and_who_asked_can_take_it_back(
    talk: ChatSession, brand: Brand, leo: Agent, as_ana: Client, as_leo: Client
) -> None:
    team = Team.objects.create(brand=brand, name="Billing")
    team.agents.add(leo)
    post(as_ana, talk, "transfer", to=f"team-{team.pk}")
    assert "Billing" in cards(as_leo)
    assert post(as_ana, talk, "transfer", do="decline").status_code == 204
    assert "take over" not in cards(as_leo)


@pytest.mark.parametrize("to", ["", "agent-", "agent-999999", "team-x", "nobody-1", "agent-99999999999999999999"])
def test_a_target_that_is_none_is_refused_in_words(to: str, talk: ChatSession, as_ana: Client) -> None:
    answer = post(as_ana, talk, "transfer", to=to)
    assert answer.status_code == 422
    assert "Choose who is to be asked." in answer.content.decode()


def test_who_does_not_have_the_chat_cannot_pass_it_on(talk: ChatSession, ada: Agent, as_leo: Client) -> None:
    answer = post(as_leo, talk, "transfer", to=f"agent-{ada.pk}")
    assert answer.status_code == 409
    assert "Only the agent who has this chat" in answer.content.decode()


def test_an_invited_colleague_finds_the_chat_and_leaves_it(
    talk: ChatSession, leo: Agent, as_ana: Client, as_leo: Client
) -> None:
    assert post(as_ana, talk, "invite", to=str(leo.pk)).status_code == 204
    assert "Ana asks for your help with Zoë" in cards(as_leo)
    assert post(as_leo, talk, "invite", do="leave").status_code == 204
    assert ChatGuest.objects.get().left_at is not None
    assert "asks for your help" not in cards(as_leo)


def test_a_blocked_visitor_is_out_and_the_history_says_why(talk: ChatSession, as_ana: Client) -> None:
    assert post(as_ana, talk, "block", lasts="week").status_code == 422
    assert post(as_ana, talk, "block", lasts="ever", reason="Insults").status_code == 204
    talk.refresh_from_db()
    assert talk.state == State.ENDED
    assert BlockedVisitor.objects.get().until is None
    assert "Ana blocked this visitor: Insults" in page(as_ana, talk)


def test_the_cards_cost_the_same_however_many_there_are(
    brand: Brand, ana: Agent, leo: Agent, as_ana: Client, as_leo: Client, django_assert_max_num_queries: Any
) -> None:
    ana.chat_capacity = 9
    ana.save(update_fields=["chat_capacity"])
    for _number in range(6):
        session = accept_chat(ana, chat(brand).ticket)
        post(as_ana, session, "transfer", to=f"agent-{leo.pk}")
        post(as_ana, session, "invite", to=str(leo.pk))
    with django_assert_max_num_queries(MOST_QUERIES):
        body = cards(as_leo)
    assert body.count("data-transfer=") == body.count("data-invitation=") == 6


def test_a_block_follows_the_email_when_asked_and_can_be_lifted(talk: ChatSession, as_ana: Client) -> None:
    ChatSession.objects.filter(pk=talk.pk).update(visitor_email="zoe@example.com")
    menu = as_ana.get(f"/console/chats/{talk.ticket_id}/more/", headers={"HX-Request": "true"}).content.decode()
    assert "Also whoever gives zoe@example.com" in menu
    assert "Also their network" not in menu, "nobody knows it"
    assert post(as_ana, talk, "block", lasts="ever", email="1").status_code == 204
    assert BlockedVisitor.objects.get().email == "zoe@example.com"
    menu = as_ana.get(f"/console/chats/{talk.ticket_id}/more/", headers={"HX-Request": "true"}).content.decode()
    assert "Blocked for good" in menu
    assert post(as_ana, talk, "block", do="undo").status_code == 204
    assert not BlockedVisitor.objects.exists()


@pytest.mark.parametrize("answer", ["declined", "nobody"])
def test_who_asked_reads_for_a_while_that_nobody_takes_the_chat(
    answer: str, talk: ChatSession, as_ana: Client, as_leo: Client, ana: Agent, leo: Agent
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        asked = ask_transfer(talk, ana, leo, now=now)
        if answer == "declined":
            decline_transfer(asked.pk, leo, now=now)
            words = "Leo declined: Zoë &lt;b&gt; stays with you"
        else:
            now += timedelta(seconds=TRANSFER_SECONDS)
            expire_transfers(now)
            words = "Nobody answered: Zoë &lt;b&gt; stays with you"
        clock.move_to(now + timedelta(seconds=19))
        assert words in cards(as_ana)
        assert "stays with you" not in cards(as_leo)
        clock.move_to(now + timedelta(seconds=20))
        assert words not in cards(as_ana)


def test_who_takes_a_question_back_needs_no_answer(talk: ChatSession, as_ana: Client, ana: Agent, leo: Agent) -> None:
    decline_transfer(ask_transfer(talk, ana, leo, now=timezone.now()).pk, ana, now=timezone.now())
    assert "stays with you" not in cards(as_ana)
