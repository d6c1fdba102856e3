from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from agents.models import Agent
from crm.models import Customer
from tests import factories
from tests.api.conftest import Api
from tickets.models import Message, Ticket


def test_a_reply_is_posted_once_however_often_it_is_sent(api: Api, ana: Agent, ticket: Ticket) -> None:
    reply = {"kind": "reply", "text": "On its way", "client_id": "abc", "status": "pending"}
    status, first = api.post(f"tickets/{ticket.pk}/messages/", **reply)
    again, second = api.post(f"tickets/{ticket.pk}/messages/", **reply)
    assert (status, again) == (201, 200)
    assert first == second
    assert (first["seq"], first["visibility"], first["direction"]) == (2, "public", "out")
    assert first["author"] == {"kind": "agent", "name": "Ana"}
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == ("pending", ana)


def test_a_note_stays_private(api: Api, ticket: Ticket) -> None:
    status, body = api.post(f"tickets/{ticket.pk}/messages/", kind="note", text="Be kind")
    assert (status, body["visibility"], body["direction"], body["delivery"]) == (201, "private", "internal", "")


def test_messages_after_a_number_are_listed_oldest_first(
    api: Api, mia: Customer, ticket: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for word in ("two", "three", "four"):
        factories.says(mia, ticket, word)
    with django_assert_num_queries(5):  # token, brands, ticket, messages, attachments
        status, body = api.get(f"tickets/{ticket.pk}/messages/", after=1, limit=2)
    assert status == 200
    assert [(m["seq"], m["text"]) for m in body["results"]] == [(2, "two"), (3, "three")]
    assert body["last_seq"] == 4


def test_files_come_with_a_message_and_can_be_fetched_by_those_who_see_the_ticket(
    api: Api, otto: Agent, ticket: Ticket
) -> None:
    file = SimpleUploadedFile("../evil\x00.html", b"<script>alert(1)</script>", "text/html")
    status, body = api.post_files(f"tickets/{ticket.pk}/messages/", kind="note", text="See file", attachments=[file])
    assert status == 201, body
    [attachment] = body["attachments"]
    assert "/" not in attachment["name"]
    path = attachment["url"].partition("/api/v1/")[2]
    download = api._client.get(f"/api/v1/{path}", headers=api._headers)
    assert b"".join(download.streaming_content) == b"<script>alert(1)</script>"  # type: ignore[attr-defined]
    assert download["Content-Type"] == "application/octet-stream"
    assert "attachment" in download["Content-Disposition"]
    assert Api(otto).get(path)[0] == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "reply"}, 422),
        ({"kind": "reply", "text": " \n "}, 422),
        ({"kind": "reply", "text": "x" * 5_001}, 413),
        ({"kind": "note", "text": "x" * 1_000_000}, 413),
        ({"kind": "reply", "text": "nul \x00"}, 400),
        ({"kind": "shout", "text": "a"}, 400),
        ({"kind": "reply", "text": {"a": 1}}, 400),
        ({"kind": "reply", "text": "a", "client_id": "x" * 65}, 400),
        ({"kind": "reply", "text": "a", "status": "gone"}, 400),
        ({"kind": "note", "text": "a", "status": "solved"}, 400),
        ({"kind": "reply", "text": "a", "visibility": "public"}, 400),
        ({"text": "a"}, 400),
        ([], 400),
        ("text", 400),
        (None, 400),
    ],
)
def test_a_message_with_bad_input_is_refused_in_one_shape_and_leaves_nothing(
    api: Api, ticket: Ticket, body: object, expected: int
) -> None:
    status, answer = api.send("post", f"tickets/{ticket.pk}/messages/", body)
    assert status == expected, answer
    assert answer["error"]["code"]
    assert answer["error"]["message"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize("query", [{"after": "-1"}, {"after": "9" * 12}, {"after": "x"}, {"limit": "1000"}])
def test_a_range_that_makes_no_sense_is_a_400(api: Api, ticket: Ticket, query: dict[str, str]) -> None:
    assert api.get(f"tickets/{ticket.pk}/messages/", **query)[0] == 400
