"""Rating and transcript over HTTP."""

from __future__ import annotations

import pytest

from agents.models import Agent
from chat.models import ChatSession, Widget
from email_inbox.models import Mailbox, OutboundEmail
from tests.chat.test_http import error
from tests.chat.visitors import Visitor
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Rating, Ticket


@pytest.fixture
def answered(visitor: Visitor, widget: Widget, ana: Agent) -> Visitor:
    Mailbox.objects.create(brand=widget.brand, name="Acme", address="help@acme.example")
    visitor.start()
    post_reply(ana, Ticket.objects.get().pk, NewMessage("Hello"))
    return visitor


def test_the_verdict_stands_in_the_state(answered: Visitor) -> None:
    answered.post("end", {"session": answered.session})
    state = answered.post("rate", {"session": answered.session, "score": 4, "comment": "fine"}).json()
    assert (state["type"], state["state"], state["rating"]) == ("state", "ended", {"score": 4})
    assert Rating.objects.get().comment == "fine"


@pytest.mark.parametrize("score", [0, 6, -1, "5", True, None, 4.5])
def test_what_is_no_score_is_refused(answered: Visitor, score: object) -> None:
    answer = answered.post("rate", {"session": answered.session, "score": score})
    assert answer.status_code in (400, 422)
    error(answer)
    assert not Rating.objects.exists()


def test_the_transcript_goes_to_the_address_given(answered: Visitor) -> None:
    answer = answered.post("transcript", {"session": answered.session, "email": "mia@example.com"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert OutboundEmail.objects.get().to == "mia@example.com"
    assert answered.look().json()["transcript_sent"] is True


def test_a_bad_address_is_told(answered: Visitor) -> None:
    answer = answered.post("transcript", {"session": answered.session, "email": "nobody"})
    assert (answer.status_code, error(answer)) == (422, "bad_email")


def test_mistyped_addresses_use_nothing_up(answered: Visitor) -> None:
    wishes = ["nobody"] * 4 + ["mia@example.com"]
    answers = [answered.post("transcript", {"session": answered.session, "email": wish}) for wish in wishes]
    assert [answer.status_code for answer in answers] == [422] * 4 + [200]


def test_one_address_is_not_flooded_from_many_chats(answered: Visitor, ana: Agent) -> None:
    Agent.objects.update(chat_capacity=10)
    ana.refresh_from_db()
    answers = []
    for _ in range(7):
        other = Visitor()
        other.start()
        post_reply(ana, ChatSession.objects.get(public_id=other.session).ticket_id, NewMessage("Hello"))
        answers.append(other.post("transcript", {"session": other.session, "email": "Victim@example.com"}))
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert error(answers[-1]) == "slow_down"
    assert "transcripts" in answers[-1].json()["error"]["message"]


@pytest.mark.parametrize("path", ["rate", "transcript"])
def test_another_visitors_chat_does_not_exist(answered: Visitor, path: str) -> None:
    answer = Visitor().post(path, {"session": answered.session, "score": 1, "email": "thief@example.com"})
    assert (answer.status_code, error(answer)) == (404, "not_found")
    assert not Rating.objects.exists()
    assert not OutboundEmail.objects.exists()


def test_a_corrected_address_gets_the_transcript_at_once(answered: Visitor) -> None:
    for address in ("wrong@example.com", "right@example.com", "right@example.com"):
        answer = answered.post("transcript", {"session": answered.session, "email": address})
        assert answer.status_code == 200
    assert list(OutboundEmail.objects.order_by("pk").values_list("to", flat=True)) == [
        "wrong@example.com",
        "right@example.com",
    ]


def test_endless_digits_are_a_bad_request(answered: Visitor) -> None:
    digits = answered.get("messages", {"session": answered.session, "after": "9" * 5000})
    assert (digits.status_code, error(digits)) == (400, "bad_frame")
