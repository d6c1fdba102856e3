"""Help articles in the console: reading, writing, colleagues who save first, and ready answers while writing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Agent, Brand
from knowledge.actions import record_helped, record_shown, record_used, retire_answer
from knowledge.models import Answer
from tests.knowledge.conftest import write
from tickets.models import Ticket

MOST_QUERIES = 10
GOOD = {"question": "Why?", "text": "Because.", "language": "en", "state": "published", "public": "1"}


@pytest.fixture
def article(leo: Agent, brand: Brand) -> Answer:
    return write(leo, "How do I return my boots?", "Within 30 days.", brand=brand, shortcut="return")


def form(brand: Brand, /, **fields: str) -> dict[str, str]:
    return GOOD | {"brand": str(brand.pk)} | fields


def test_the_list_says_what_articles_were_good_for(article: Answer, ana: Agent, as_ana: Client) -> None:
    for visitor in "abc":
        record_shown(article, visitor * 64)
    record_helped(article, "a" * 64, True)
    record_helped(article, "b" * 64, False)
    record_used(article, ana)
    (row,) = as_ana.get("/console/articles/").context["page"].rows
    assert (row.answer, row.shown, row.helped_percent, row.used) == (article, 3, 50, 1)


def test_one_row_per_article_in_the_readers_language(
    article: Answer, leo: Agent, ana: Agent, as_ana: Client, brand: Brand
) -> None:
    greek = write(leo, "Πώς επιστρέφω;", language="el", brand=brand, group=article.group, shortcut="return")
    (row,) = as_ana.get("/console/articles/").context["page"].rows
    assert row.answer == article
    assert row.versions == [article, greek]
    Agent.objects.filter(pk=ana.pk).update(language="el")
    (row,) = as_ana.get("/console/articles/").context["page"].rows
    assert row.answer == greek


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "retrun"}, True),
        ({"q": "30 days"}, True),
        ({"q": "telephone"}, False),
        ({"language": "el"}, False),
        ({"language": "nonsense"}, True),
        ({"state": "published"}, True),
        ({"state": "draft"}, False),
        ({"page": "2"}, False),
        ({"page": "-1"}, True),
        ({"page": "9" * 40}, True),
    ],
)
def test_the_list_is_narrowed(query: dict[str, str], found: bool, article: Answer, as_ana: Client) -> None:
    answer = as_ana.get("/console/articles/", query)
    assert answer.status_code == 200
    assert bool(answer.context["page"].rows) is found


def test_retired_articles_are_found_by_their_state_alone(article: Answer, leo: Agent, as_leo: Client) -> None:
    assert as_leo.post(f"/console/articles/{article.public_id}/retire/").status_code == 302
    assert as_leo.get("/console/articles/").context["page"].rows == []
    assert len(as_leo.get("/console/articles/?state=retired").context["page"].rows) == 1
    as_leo.post(f"/console/articles/{article.public_id}/restore/")
    assert as_leo.get("/console/articles/").context["page"].rows[0].answer.state == "draft"


@pytest.mark.parametrize("count", [3, 60])
def test_the_list_costs_the_same_however_long_it_is(
    count: int, leo: Agent, brand: Brand, as_leo: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        write(leo, f"Question {number}?", brand=brand)
    with django_assert_max_num_queries(MOST_QUERIES):
        first = as_leo.get("/console/articles/")
    assert len(first.context["page"].rows) == min(count, 50)
    assert first.context["page"].next_page == (2 if count > 50 else 0)


def test_a_supervisor_writes_an_article_and_a_translation(as_leo: Client, brand: Brand) -> None:
    answer = as_leo.post("/console/articles/new/", form(brand, shortcut="why"))
    english = Answer.objects.get()
    assert answer["Location"] == f"/console/articles/{english.public_id}/"
    as_leo.post("/console/articles/new/", form(brand, of=english.public_id, language="el", question="Γιατί;"))
    greek = Answer.objects.get(language="el")
    assert greek.group == english.group
    body = as_leo.get(f"/console/articles/{english.public_id}/").content.decode()
    assert f"/console/articles/{greek.public_id}/" in body
    assert f"?of={english.public_id}&amp;language=id" in body


def test_what_is_wrong_keeps_every_word(as_leo: Client, brand: Brand) -> None:
    answer = as_leo.post("/console/articles/new/", form(brand, question="<b>Mine</b>", shortcut="not good", text=" t"))
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "A shortcut has small letters" in body
    assert "&lt;b&gt;Mine&lt;/b&gt;" in body
    assert 'value="not good"' in body
    assert not Answer.objects.exists()


@pytest.mark.parametrize("brand_field", ["", "0", "x", "99999999"])
def test_a_brand_that_one_does_not_work_for_is_refused(brand_field: str, as_leo: Client, brand: Brand) -> None:
    assert as_leo.post("/console/articles/new/", form(brand, brand=brand_field)).status_code == 422


def test_an_administrator_writes_for_every_brand(as_ada: Client, as_ana: Client, brand: Brand) -> None:
    as_ada.post("/console/articles/new/", form(brand, brand=""))
    everywhere = Answer.objects.get()
    assert everywhere.brand is None
    body = as_ana.get(f"/console/articles/{everywhere.public_id}/").content.decode()
    assert "Because." in body
    assert "data-article-text" not in body


def test_who_saves_second_sees_both_and_may_still_save(
    article: Answer, as_leo: Client, as_ada: Client, brand: Brand
) -> None:
    address = f"/console/articles/{article.public_id}/"
    assert as_ada.post(address, form(brand, version="1", text="Hers")).status_code == 302
    answer = as_leo.post(address, form(brand, version="1", text="His"))
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "Ada saved this" in body
    assert "Hers" in body
    assert ">His</textarea>" in body
    assert 'name="version" value="2"' in body
    assert as_leo.post(address, form(brand, version="2", text="His")).status_code == 302
    assert Answer.objects.get().text == "His"


@pytest.mark.parametrize("public_id", ["nothing", "x" * 300, "%00"])
def test_an_article_that_is_not_there_is_not_found(public_id: str, as_leo: Client) -> None:
    assert as_leo.get(f"/console/articles/{public_id}/").status_code in (400, 404)


# Ready answers while writing


def offered(client: Client, ticket: Ticket, search: str = "") -> list[Answer]:
    found: list[Answer] = client.get(f"/console/tickets/{ticket.pk}/answers/", {"q": search}).context["answers"]
    return found


def test_a_shortcut_comes_before_what_words_find(
    article: Answer, ticket: Ticket, leo: Agent, brand: Brand, as_ana: Client
) -> None:
    other = write(leo, "Return of the lost glove?", brand=brand)
    greeting = write(leo, "Hello", "Hello {{customer.first_name}}", brand=brand, public=False, shortcut="hi")
    assert offered(as_ana, ticket, "ret") == [article, other]
    assert offered(as_ana, ticket, "hi") == [greeting]
    assert set(offered(as_ana, ticket)) == {article, other, greeting}
    assert offered(as_ana, ticket, "qqqq") == []


def test_only_published_answers_of_the_brand_are_offered(
    article: Answer, ticket: Ticket, leo: Agent, ada: Agent, brand: Brand, other_brand: Brand, as_ana: Client
) -> None:
    draft = write(leo, "Return?", brand=brand, state="draft")
    foreign = write(ada, "Return?", brand=other_brand)
    retire_answer(leo, article)
    assert offered(as_ana, ticket, "return") == []
    for each in (draft, foreign, article):
        assert as_ana.post(f"/console/tickets/{ticket.pk}/answers/{each.public_id}/").status_code == 404


def test_the_customers_language_is_offered(
    article: Answer, ticket: Ticket, leo: Agent, brand: Brand, as_ana: Client
) -> None:
    chinese = write(leo, "如何退货？", language="zh-hans", brand=brand, group=article.group, shortcut="return")
    Ticket.objects.filter(pk=ticket.pk).update(language="zh-CN")
    assert offered(as_ana, ticket, "return") == [chinese]
    assert offered(as_ana, ticket, "退货") == [chinese]


def test_using_an_answer_fills_it_and_counts(
    ticket: Ticket, leo: Agent, ana: Agent, brand: Brand, as_ana: Client
) -> None:
    words = "Hello {{customer.first_name}}, I am {{agent.name}}."
    greeting = write(leo, "Hello", words, brand=brand, public=False)
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/answers/{greeting.public_id}/")
    assert answer.json() == {"text": "Hello Mia, I am Ana."}
    greeting.refresh_from_db()
    assert greeting.used == 1
