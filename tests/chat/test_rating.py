from __future__ import annotations

import pytest

from agents.models import Agent
from chat.actions import accept_chat, end_chat
from chat.actions.rating import rate_chat
from chat.models import ChatSession, Widget
from core.errors import Conflict, Forbidden, Invalid, TooLarge
from tests.chat.visitors import chat
from tickets.models import Rating


@pytest.fixture
def answered(widget: Widget, ana: Agent) -> ChatSession:
    return accept_chat(ana, chat(widget).ticket)


def test_the_verdict_is_on_who_answered(answered: ChatSession, ana: Agent) -> None:
    end_chat(answered, ana)
    rate_chat(answered, score=5, comment="quick!")
    rating = Rating.objects.get()
    assert (rating.score, rating.comment, rating.agent, rating.channel) == (5, "quick!", ana, "chat")


def test_a_second_verdict_replaces_the_first(answered: ChatSession) -> None:
    rate_chat(answered, score=5)
    rate_chat(answered, score=2, comment="it broke again")
    assert Rating.objects.get().score == 2


@pytest.mark.parametrize("score", [0, 6])
def test_a_score_outside_one_to_five_is_refused(answered: ChatSession, score: int) -> None:
    with pytest.raises(Invalid, match="1 to 5"):
        rate_chat(answered, score=score)
    assert not Rating.objects.exists()


def test_a_comment_has_its_limit(answered: ChatSession) -> None:
    with pytest.raises(TooLarge):
        rate_chat(answered, score=3, comment="x" * 2001)


def test_nothing_is_rated_before_somebody_answered(widget: Widget) -> None:
    with pytest.raises(Conflict):
        rate_chat(chat(widget), score=1)


def test_a_widget_may_ask_for_none(answered: ChatSession, widget: Widget) -> None:
    Widget.objects.update(offer_rating=False)
    with pytest.raises(Forbidden):
        rate_chat(ChatSession.objects.select_related("widget", "ticket").get(), score=1)
