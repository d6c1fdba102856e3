"""What customers find with the words that they type, in four languages and with errors."""

from __future__ import annotations

import pytest

from agents.models import Agent, Brand
from knowledge.models import Answer
from knowledge.searching import latinise, prefix_query, spread
from knowledge.selectors import get_answer, search_answers, top_answers
from tests.knowledge.conftest import write

ARTICLES = {
    "en": ("How long does shipping take?", "Two to four days in Germany, a week elsewhere.", "delivery"),
    "id": ("Berapa lama pengirimannya?", "Dua sampai empat hari kerja.", "kirim, ongkir"),
    "el": ("Πώς επιστρέφω τα παπούτσια μου;", "Στείλτε τα πίσω μέσα σε 30 ημέρες.", "αλλαγή"),
    "zh-hans": ("如何退货？", "请在三十天内寄回商品。", "退款"),
}


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("en", "shipping"),
        ("en", "shippi"),
        ("en", "how long will it take to ship this"),
        ("en", "shiping tmie"),
        ("en", "DELIVERY"),
        ("en", "germany"),
        ("id", "kirim"),
        ("id", "pengiriman"),
        ("id", "pengirimanya"),
        ("el", "επιστροφή"),
        ("el", "παπουτσια"),
        ("el", "ΠΑΠΟΎΤΣΙΑ"),
        ("el", "παπούτσαι"),
        ("el", "papoutsia"),
        ("zh-hans", "退货"),
        ("zh-hans", "我想退款"),
        ("zh-hans", "商品"),
    ],
)
def test_an_answer_is_found(language: str, query: str, leo: Agent, brand: Brand) -> None:
    for each, (question, text, keywords) in ARTICLES.items():
        write(leo, question, text, keywords=keywords, language=each, brand=brand)
    found = search_answers(brand, query, language)
    assert found
    assert found[0].question == ARTICLES[language][0]


@pytest.mark.parametrize(
    "query", ["", "   ", "?!", "'", "a & b | !c:*", "\\", "<->", ":*", "x" * 5000, "\u202e", "e'); DROP", "(", "😀"]
)
def test_any_query_is_harmless(query: str, returns: Answer, brand: Brand) -> None:
    assert search_answers(brand, query, "en") in ([], [returns])


def test_a_word_that_is_not_there_finds_nothing(returns: Answer, brand: Brand) -> None:
    assert search_answers(brand, "telephone", "en") == []


def test_the_question_counts_more_than_the_text(leo: Agent, brand: Brand) -> None:
    write(leo, "Where are you?", "We take a refund only here.", brand=brand)
    title = write(leo, "When is my refund there?", "Soon.", brand=brand)
    assert search_answers(brand, "refund", "en")[0] == title


def test_what_is_not_in_the_language_is_offered_in_english(returns: Answer, leo: Agent, brand: Brand) -> None:
    assert top_answers(brand, "el") == [returns]
    greek = write(leo, "Πώς επιστρέφω;", "Έτσι.", language="el", brand=brand, group=returns.group)
    assert top_answers(brand, "el") == [greek]
    assert top_answers(brand, "en") == [returns]
    assert search_answers(brand, "return", "id") == [returns]


def test_an_unpublished_translation_does_not_hide_the_english_one(returns: Answer, leo: Agent, brand: Brand) -> None:
    write(leo, "如何退货", "这样", language="zh-hans", brand=brand, group=returns.group, state="draft")
    assert top_answers(brand, "zh-hans") == [returns]


def test_customers_see_published_public_answers_of_their_brand(
    returns: Answer, leo: Agent, ada: Agent, brand: Brand, other_brand: Brand
) -> None:
    draft = write(leo, "Return draft?", brand=brand, state="draft")
    inside = write(leo, "Return inside?", brand=brand, public=False)
    foreign = write(ada, "Return elsewhere?", brand=other_brand)
    everywhere = write(ada, "Return everywhere?", brand=None)
    assert set(top_answers(brand, "en", 10)) == {returns, everywhere}
    assert set(search_answers(brand, "return", "en", 10)) == {returns, everywhere}
    assert set(search_answers(brand, "return", "en", 10, public=False)) == {returns, everywhere, inside}
    for hidden in (draft, inside, foreign):
        assert get_answer(brand, hidden.public_id) is None
    assert get_answer(brand, returns.public_id) == returns
    assert get_answer(brand, "x" * 500) is None


def test_the_most_useful_come_first(leo: Agent, brand: Brand) -> None:
    first, second, third = (write(leo, f"Question {n}?", brand=brand) for n in "abc")
    Answer.objects.filter(pk=second.pk).update(helped=5)
    Answer.objects.filter(pk=third.pk).update(used=9)
    assert top_answers(brand, "en", 5) == [third, second, first]
    assert top_answers(brand, "en", 2) == [third, second]


def test_a_translation_stands_where_its_article_stands(returns: Answer, leo: Agent, brand: Brand) -> None:
    other = write(leo, "Another?", brand=brand)
    greek = write(leo, "Πώς επιστρέφω;", language="el", brand=brand, group=returns.group)
    Answer.objects.filter(pk=other.pk).update(helped=3)
    Answer.objects.filter(pk=returns.pk).update(helped=5)
    assert top_answers(brand, "el") == [greek, other]


def test_words_are_made_findable() -> None:
    assert spread("请问如何退货 now").split() == ["请问", "问如", "如何", "何退", "退货", "now"]
    assert latinise("Πώς κάνω επιστροφή; Café") == "pos kano epistrofi; cafe"
    assert prefix_query("How's 退货政策 (a|b)") == "how:* | s:* | 退货 | 货政 | 政策 | a:* | b:*"
