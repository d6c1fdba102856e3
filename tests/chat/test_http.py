from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agents.models import Agent
from chat.models import ChatSession, State, Widget
from tests.chat.visitors import SHOP, Visitor
from tickets.actions import post_note, post_reply
from tickets.content import NewAttachment, NewMessage
from tickets.models import Delivery, Message, Ticket

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


def error(answer: Any) -> str:
    """The machine word of a JSON error; fails when there is none or when it tells too much."""
    body = answer.json()["error"]
    assert set(body) <= {"code", "message", "retry_after", "field"}
    assert "Traceback" not in body["message"]
    return str(body["code"])


def test_the_whole_talk_over_http(visitor: Visitor, ana: Agent) -> None:
    answer = visitor.start("Where is my parcel?")
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
    ack = visitor.say("It is blue", id="message-2").json()
    assert (ack["type"], ack["id"], ack["seq"], ack["prev"]) == ("ack", "message-2", 2, 1)
    post_note(ana, Ticket.objects.get().pk, NewMessage("SECRET"))
    post_reply(ana, Ticket.objects.get().pk, NewMessage("Found it"))
    look = visitor.look(after=2).json()
    assert [(m["seq"], m["prev"], m["author"], m["text"]) for m in look["messages"]] == [
        (4, 2, {"kind": "agent", "name": "Ana"}, "Found it")
    ]
    assert (look["state"], look["agent"], look["more"]) == ("active", {"name": "Ana", "picture": ""}, False)
    assert b"SECRET" not in visitor.look().content


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"\x7fELF\x02", b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe"])
def test_a_program_is_refused_whatever_it_is_called(visitor: Visitor, content: bytes) -> None:
    visitor.start()
    answer = visitor.send_files(SimpleUploadedFile("holiday.png", content, "image/png"), id="message-2")
    assert (answer.status_code, error(answer)) == (422, "file_type")
    assert "holiday.png" in answer.json()["error"]["message"]
    assert Message.objects.count() == 1


def test_who_asks_what_followed_an_answer_has_got_it(visitor: Visitor, ana: Agent) -> None:
    """Where sockets are blocked there is no `got`: the next look says it."""
    visitor.start()
    reply = post_reply(ana, Ticket.objects.get().pk, NewMessage("Found it"))
    visitor.look(after=1)
    reply.refresh_from_db()
    assert reply.delivery == Delivery.SENT
    visitor.look(after=2)
    reply.refresh_from_db()
    assert reply.delivery == Delivery.DELIVERED


def test_no_answer_carries_a_database_id_or_an_address(visitor: Visitor, ana: Agent) -> None:
    visitor.start(email="mia@example.com")
    post_reply(ana, Ticket.objects.get().pk, NewMessage("Hello"))
    body = visitor.look().content.decode()
    assert "example.com" not in body
    assert not any(name in body for name in ('"pk"', "ticket", "customer", "visitor_hash"))


def test_long_talks_come_in_pages(visitor: Visitor) -> None:
    visitor.start()
    ticket = Ticket.objects.get()
    for seq in range(2, 206):
        Message.objects.create(
            ticket=ticket,
            seq=seq,
            channel="chat",
            direction="in",
            visibility="public",
            author_kind="customer",
            text="x",
        )
    first = visitor.look().json()
    assert (len(first["messages"]), first["more"]) == (200, True)
    second = visitor.look(after=200).json()
    assert ([m["seq"] for m in second["messages"]], second["more"]) == ([201, 202, 203, 204, 205], False)
    assert second["messages"][0]["prev"] == 200


@pytest.mark.parametrize("token", ["", "short", "a" * 40, "x" * 500, "ünïcödé-" * 5])
def test_what_cannot_be_a_secret_is_refused(visitor: Visitor, token: str) -> None:
    visitor.token = token.encode().decode("latin-1")
    answer = visitor.start()
    assert (answer.status_code, error(answer)) == (401, "token")


def test_another_visitors_session_does_not_exist(visitor: Visitor) -> None:
    visitor.start()
    thief = Visitor(session=visitor.session)
    for answer in (
        thief.look(),
        thief.say("hello", id="message-2"),
        thief.post("end", {"session": visitor.session}),
        thief.post("seen", {"session": visitor.session, "seq": 1}),
        thief.post("identify", {"session": visitor.session, "email": "a@example.com"}),
    ):
        assert (answer.status_code, error(answer)) == (404, "not_found")
    assert ChatSession.objects.get().state == State.WAITING


def test_a_session_of_another_widget_does_not_exist(visitor: Visitor, widget: Widget) -> None:
    visitor.start()
    Widget.objects.create(brand=widget.brand, name="Blog", public_key="blog", allowed_domains=["shop.example.com"])
    visitor.key = "blog"
    assert visitor.look().status_code == 404


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://shop.example.com.evil.example",
        "null",
        "file://",
        "https://[",
        "ftp://shop.example.com",
    ],
)
def test_a_foreign_site_is_refused_and_may_not_read_the_answer(visitor: Visitor, origin: str) -> None:
    visitor.origin = origin
    answer = visitor.start()
    assert (answer.status_code, error(answer)) == (403, "origin")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert not ChatSession.objects.exists()


@pytest.mark.parametrize(
    ("domain", "origin", "allowed"),
    [
        ("shop.example.com", "https://shop.example.com", True),
        ("shop.example.com", "http://SHOP.example.com:8080", True),
        ("shop.example.com:8080", "http://shop.example.com", False),
        ("*.example.com", "https://a.b.example.com", True),
        ("*.example.com", "https://example.com", False),
        ("*.example.com", "https://badexample.com", False),
        ("other.example", "http://testserver", True),
    ],
)
def test_domains(widget: Widget, domain: str, origin: str, allowed: bool) -> None:
    widget.allowed_domains = [domain]
    widget.save()
    assert Visitor(origin=origin).start().status_code == (201 if allowed else 403)


def test_cors_names_the_site_and_no_cookie_is_set_or_needed(visitor: Visitor) -> None:
    answer = visitor.start()
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert not answer.cookies


def test_preflight(widget: Widget) -> None:
    answer = Client().options("/widget/api/messages?key=demo", headers={"Origin": SHOP})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_a_widget_that_was_switched_off_is_gone(visitor: Visitor, widget: Widget) -> None:
    visitor.start()
    Widget.objects.update(is_active=False)
    assert visitor.look().status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "bad_frame"),
        ("[]", "bad_frame"),
        ("[" * 50_000, "bad_frame"),
        ('{"id": 7, "text": "x"}', "bad_frame"),
        ('{"id": "start-0001", "text": ["x"]}', "bad_frame"),
        ('{"id": "x", "text": "x"}', "bad_frame"),
        ('{"id": "start-0001", "text": ""}', "empty"),
        ('{"id": "start-0001", "text": "x", "email": "no"}', "bad_email"),
        ('{"id": "start-0001", "text": "' + "x" * 10_001 + '"}', "too_long"),
        ('{"id": "start-0001", "text": "' + "x" * 70_000 + '"}', "too_large"),
        (b"\xff\xfe\x00", "bad_frame"),
    ],
)
def test_bad_bodies_are_answered_in_words(visitor: Visitor, body: str | bytes, code: str) -> None:
    answer = visitor.post("start", body)
    assert 400 <= answer.status_code < 500
    assert error(answer) == code
    assert not Ticket.objects.exists()


def test_unknown_methods_are_answered_in_json(visitor: Visitor) -> None:
    answer = Client().delete("/widget/api/messages?key=demo", headers=visitor.headers)
    assert (answer.status_code, error(answer)) == (405, "method")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999999999999", "session=%00", "session="])
def test_bad_queries_are_answered_in_words(visitor: Visitor, query: str) -> None:
    visitor.start()
    answer = Client().get(f"/widget/api/messages?key=demo&session={visitor.session}&{query}", headers=visitor.headers)
    assert answer.status_code in (400, 404)
    error(answer)


def test_nul_and_lone_surrogates_survive_as_clean_text(visitor: Visitor) -> None:
    visitor.post("start", '{"id": "start-0001", "text": "a\\u0000b\\ud800c <script>"}')
    assert Message.objects.get().text == "ab\ufffdc <script>"


def test_a_flood_is_slowed_down_and_another_visitor_is_not(visitor: Visitor) -> None:
    visitor.start()
    # A slow machine gives tokens back meanwhile, but fewer than it takes.
    answers = (visitor.say("x", id=f"message-{number}") for number in range(400))
    slowed = next(answer for answer in answers if answer.status_code == 429)
    assert error(slowed) == "slow_down"
    assert 0 < slowed.json()["error"]["retry_after"] < 2
    assert Visitor().start().status_code == 201


def test_a_file_comes_with_its_words_and_only_its_visitor_gets_it_back(visitor: Visitor, settings: Any) -> None:
    visitor.start()
    answer = visitor.send_files(SimpleUploadedFile("roof.png", PNG, "image/png"), id="message-2", text="see")
    assert answer.status_code == 200
    (file,) = answer.json()["attachments"]
    assert (file["name"], file["type"], file["size"]) == ("roof.png", "image/png", len(PNG))
    got = visitor.get(f"attachments/{file['id']}", {"session": visitor.session})
    assert b"".join(got.streaming_content) == PNG
    thief = Visitor()
    thief.start()
    assert thief.get(f"attachments/{file['id']}", {"session": thief.session}).status_code == 404


def test_a_file_on_a_private_note_is_not_the_visitors(visitor: Visitor, ana: Agent) -> None:
    visitor.start()
    note = post_note(ana, Ticket.objects.get().pk, NewMessage("", attachments=(NewAttachment("a.txt", b"secret"),)))
    file = note.attachments.get()
    assert visitor.get(f"attachments/{file.public_id}", {"session": visitor.session}).status_code == 404


def test_a_page_that_calls_itself_an_image_is_only_ever_downloaded(visitor: Visitor) -> None:
    visitor.start()
    answer = visitor.send_files(SimpleUploadedFile("x.png", b"<script>alert(1)</script>", "image/png"), id="message-2")
    (file,) = answer.json()["attachments"]
    got = visitor.get(f"attachments/{file['id']}", {"session": visitor.session})
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment")


def test_a_file_beyond_the_limit_is_refused_with_the_limit_named(visitor: Visitor, settings: Any) -> None:
    visitor.start()
    settings.ATTACHMENT_MAX_BYTES = 1000
    answer = visitor.send_files(SimpleUploadedFile("big.bin", b"x" * 1001), id="message-2")
    assert (answer.status_code, error(answer)) == (413, "too_large")
    assert "1000" in answer.json()["error"]["message"]
    assert Message.objects.count() == 1


def test_a_body_that_announces_too_much_is_refused_before_it_is_read(visitor: Visitor, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000
    answer = visitor.post("start", "x" * 2_000_000)
    assert (answer.status_code, error(answer)) == (413, "too_large")


def test_seen_end_and_identify(visitor: Visitor, ana: Agent) -> None:
    visitor.start()
    reply = post_reply(ana, Ticket.objects.get().pk, NewMessage("Hello"))
    visitor.post("seen", {"session": visitor.session, "seq": 2})
    reply.refresh_from_db()
    assert reply.delivery == Delivery.SEEN
    named = visitor.post("identify", {"session": visitor.session, "name": "Mia", "email": "mia@example.com"}).json()
    assert (named["name"], named["email_given"]) == ("Mia", True)
    ended = visitor.post("end", {"session": visitor.session}).json()
    assert (ended["state"], ended["ended_by"]) == ("ended", "visitor")


def test_words_into_a_chat_of_yesterday_are_told_to_start_anew(visitor: Visitor) -> None:
    visitor.start()
    visitor.post("end", {"session": visitor.session})
    Ticket.objects.update(status="closed")
    answer = visitor.say("again", id="message-2")
    assert (answer.status_code, error(answer)) == (409, "ended")


def test_an_answer_by_mail_in_the_same_ticket_stays_with_the_agents(visitor: Visitor, widget: Widget) -> None:
    visitor.start(email="mia@example.com")
    ticket = Ticket.objects.get()
    Message.objects.create(
        ticket=ticket,
        seq=2,
        channel="email",
        direction="in",
        visibility="public",
        author_kind="customer",
        text="by mail",
    )
    assert visitor.read() == ["Hello"]


def test_looking_is_a_fixed_number_of_queries(
    visitor: Visitor, widget: Widget, django_assert_max_num_queries: Any
) -> None:
    visitor.start()
    for number in range(20):
        visitor.say("x", id=f"message-{number}")
    # Three of them find the place in line.
    with django_assert_max_num_queries(9):
        visitor.look()
