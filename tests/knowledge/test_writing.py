"""Who writes answers, and that nobody overwrites a colleague."""

from __future__ import annotations

import dataclasses

import pytest

from agents.models import Agent, Brand
from core.errors import AppError, Forbidden, Invalid, NotFound, TooLarge
from knowledge.actions import AnswerWords, restore_answer, retire_answer, save_answer
from knowledge.errors import ChangedMeanwhile
from knowledge.models import Answer
from knowledge.permissions import access_answer
from knowledge.selectors import search_answers, top_answers, versions_of
from tests.knowledge.conftest import write


def test_who_may_write(leo: Agent, ana: Agent, ada: Agent, brand: Brand, other_brand: Brand) -> None:
    for agent, of in ((ana, brand), (leo, other_brand), (leo, None)):
        with pytest.raises(Forbidden):
            write(agent, "May I?", brand=of)
    assert write(leo, "May I?", brand=brand).updated_by == leo
    assert write(ada, "May I everywhere?", brand=None).brand is None


def test_the_door(returns: Answer, ana: Agent, leo: Agent, otto: Agent, ada: Agent) -> None:
    assert access_answer(ana, returns.public_id, "view") == returns
    with pytest.raises(Forbidden):
        access_answer(ana, returns.public_id, "change")
    assert access_answer(leo, returns.public_id, "change") == returns
    for need in ("view", "change"):
        with pytest.raises(NotFound):
            access_answer(otto, returns.public_id, need)
    everywhere = write(ada, "Everywhere?")
    assert access_answer(otto, everywhere.public_id, "view") == everywhere
    with pytest.raises(Forbidden):
        access_answer(leo, everywhere.public_id, "change")


GOOD = AnswerWords(question="Why?", text="Because.")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"question": " \u202e "}, Invalid),
        ({"text": "\x00 \n"}, Invalid),
        ({"question": "q" * 301}, TooLarge),
        ({"text": "t" * 10_001}, TooLarge),
        ({"keywords": "k" * 501}, TooLarge),
        ({"language": "xx"}, Invalid),
        ({"state": "gone"}, Invalid),
        ({"shortcut": "no spaces"}, Invalid),
        ({"shortcut": "s" * 41}, Invalid),
    ],
)
def test_what_cannot_be_kept_is_refused(wrong: dict[str, str], error: type[AppError], leo: Agent, brand: Brand) -> None:
    with pytest.raises(error):
        save_answer(leo, dataclasses.replace(GOOD, brand=brand, **wrong))  # type: ignore[arg-type]
    assert not Answer.objects.exists()


def test_who_saves_second_is_shown_what_was_saved_first(returns: Answer, leo: Agent, ada: Agent, brand: Brand) -> None:
    words = AnswerWords(question="How do I return my tent?", text="Like boots.", brand=brand, state="published")
    save_answer(leo, words, answer=returns, version=1)
    with pytest.raises(ChangedMeanwhile) as raised:
        save_answer(ada, dataclasses.replace(words, question="Mine"), answer=returns, version=1)
    assert raised.value.current.question == "How do I return my tent?"
    assert save_answer(ada, dataclasses.replace(words, question="Mine"), answer=returns, version=2).version == 3


def test_changed_words_are_found_and_old_ones_no_longer(returns: Answer, leo: Agent, brand: Brand) -> None:
    words = AnswerWords(question="Do you repair zips?", text="Yes.", brand=brand, state="published")
    save_answer(leo, words, answer=returns, version=1)
    assert [each.pk for each in search_answers(brand, "zip", "en")] == [returns.pk]
    assert search_answers(brand, "boots", "en") == []


def test_a_shortcut_belongs_to_one_article(returns: Answer, leo: Agent, brand: Brand) -> None:
    words = AnswerWords(question="One?", text="One.", shortcut="/Return", brand=brand)
    first = save_answer(leo, words)
    assert first.shortcut == "return"
    with pytest.raises(Invalid) as raised:
        save_answer(leo, dataclasses.replace(words, question="Two?"))
    assert raised.value.code == "shortcut_taken"
    retire_answer(leo, first)
    save_answer(leo, dataclasses.replace(words, question="Two?"))
    with pytest.raises(Invalid):
        restore_answer(leo, Answer.objects.get(pk=first.pk))


def test_versions_share_what_is_the_articles(returns: Answer, leo: Agent, brand: Brand) -> None:
    write(leo, "Πώς;", language="el", brand=brand, group=returns.group, public=False, shortcut="back")
    returns.refresh_from_db()
    assert (returns.public, returns.shortcut, returns.version) == (False, "back", 2)
    assert list(versions_of(returns.group)) == ["en", "el"]
    with pytest.raises(Invalid) as raised:
        write(leo, "Again?", language="el", brand=brand, group=returns.group)
    assert raised.value.code == "language_taken"


def test_a_retired_article_is_no_longer_offered_and_can_come_back(returns: Answer, leo: Agent, brand: Brand) -> None:
    write(leo, "Πώς;", language="el", brand=brand, group=returns.group)
    retire_answer(leo, returns)
    assert top_answers(brand, "en") == top_answers(brand, "el") == []
    restore_answer(leo, returns)
    assert set(Answer.objects.values_list("state", flat=True)) == {"draft"}
