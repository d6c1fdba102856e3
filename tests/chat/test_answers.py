"""Ready answers before the chat."""

from __future__ import annotations

from typing import Any

import pytest

from agents.models import Agent, Brand
from chat.models import ChatSession, Widget
from knowledge.models import Answer, AnswerState, AnswerUse
from tests.chat.test_http import error
from tests.chat.visitors import Visitor
from tests.knowledge.conftest import write


@pytest.fixture
def returns(leo: Agent, brand: Brand) -> Answer:
    return write(leo, "How do I return my boots?", "Send them back within 30 days.", brand=brand)


def find(visitor: Visitor, words: str = "", language: str = "en") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = visitor.get("answers", {"q": words, "language": language}).json()["answers"]
    return rows


def test_they_are_found_while_typing(visitor: Visitor, returns: Answer) -> None:
    assert find(visitor, "retu") == [
        {"id": returns.public_id, "question": returns.question, "excerpt": "Send them back within 30 days."}
    ]
    assert find(visitor, "elephant") == []
    assert [row["id"] for row in find(visitor)] == [returns.public_id]


def test_a_language_tag_is_brought_to_one_of_ours(visitor: Visitor, returns: Answer, leo: Agent) -> None:
    write(leo, "Πώς επιστρέφω τις μπότες;", language="el", group=returns.group, brand=returns.brand)
    assert find(visitor, language="el-GR")[0]["question"].startswith("Πώς")
    assert find(visitor, language="fr")[0]["question"] == returns.question


def test_reading_and_the_verdict_are_counted_once(visitor: Visitor, returns: Answer) -> None:
    for _ in range(2):
        whole = visitor.get(f"answers/{returns.public_id}", {}).json()
        assert whole == {"id": returns.public_id, "question": returns.question, "text": returns.text}
        assert visitor.post(f"answers/{returns.public_id}/helped", {"helped": True}).json() == {}
    returns.refresh_from_db()
    assert (returns.shown, returns.helped, returns.not_helped) == (1, 1, 0)
    visitor.post(f"answers/{returns.public_id}/helped", {"helped": False})
    returns.refresh_from_db()
    assert (returns.helped, returns.not_helped) == (0, 1)


def test_a_chat_after_all_means_that_it_did_not_help(visitor: Visitor, returns: Answer) -> None:
    visitor.post(f"answers/{returns.public_id}/helped", {"helped": True})
    visitor.start()
    assert ChatSession.objects.exists()
    assert AnswerUse.objects.get(kind="helped").led_to_chat


def test_drafts_the_agents_own_and_other_brands_answers_do_not_exist(
    visitor: Visitor, leo: Agent, ada: Agent, brand: Brand, other_brand: Brand
) -> None:
    hidden = [
        write(leo, "Draft about boots", state=AnswerState.DRAFT, brand=brand),
        write(leo, "For agents, about boots", public=False, brand=brand),
        write(ada, "Rival boots", brand=other_brand),
    ]
    assert find(visitor, "boots") == []
    assert find(visitor) == []
    for answer in hidden:
        for got in (
            visitor.get(f"answers/{answer.public_id}", {}),
            visitor.post(f"answers/{answer.public_id}/helped", {"helped": True}),
        ):
            assert (got.status_code, error(got)) == (404, "not_found")


def test_a_widget_may_offer_none(visitor: Visitor, returns: Answer) -> None:
    Widget.objects.update(show_answers=False)
    assert find(visitor, "return") == []
    assert visitor.get(f"answers/{returns.public_id}", {}).status_code == 404


@pytest.mark.parametrize("words", ["'; DROP", "& | ! ( ) :*", "x" * 5000, "\ud800".encode("utf-8", "replace").decode()])
def test_strange_words_find_nothing_and_break_nothing(visitor: Visitor, returns: Answer, words: str) -> None:
    assert find(visitor, words) == []


def test_without_a_token_nothing_is_counted(visitor: Visitor, returns: Answer) -> None:
    visitor.token = "short"
    assert find(visitor, "return")
    assert visitor.get(f"answers/{returns.public_id}", {}).status_code == 401
    assert visitor.post(f"answers/{returns.public_id}/helped", {"helped": True}).status_code == 401
    returns.refresh_from_db()
    assert (returns.shown, returns.helped) == (0, 0)


def test_judging_answers_does_not_use_up_the_right_to_ask(visitor: Visitor, returns: Answer) -> None:
    for number in range(10):
        assert visitor.post(f"answers/{returns.public_id}/helped", {"helped": number % 2 == 0}).status_code == 200
    assert visitor.start().status_code == 201
