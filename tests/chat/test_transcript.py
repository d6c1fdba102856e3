"""The talk by email."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agents.models import Agent
from chat.actions import accept_chat, say
from chat.actions.transcript import send_transcript
from chat.models import ChatSession, Widget
from core.errors import Conflict, Forbidden, Invalid
from email_inbox.models import Mailbox, OutboundEmail
from tests.chat.visitors import chat, chat_at
from tickets.actions import post_note, post_reply
from tickets.content import NewAttachment, NewMessage

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def mailbox(widget: Widget) -> Mailbox:
    return Mailbox.objects.create(brand=widget.brand, name="Acme", address="help@acme.example")


@pytest.fixture
def answered(widget: Widget, ana: Agent) -> ChatSession:
    session = chat_at(widget, NOON, "Is <b>this</b> waterproof? & more")
    accept_chat(ana, session.ticket, now=NOON)
    post_note(ana, session.ticket_id, NewMessage("SECRET"), now=NOON)
    files = (NewAttachment("care.pdf", b"%PDF-1.4"),)
    post_reply(ana, session.ticket_id, NewMessage("Yes,\nall day", attachments=files), now=NOON)
    ChatSession.objects.update(time_zone="Asia/Jakarta")
    session.refresh_from_db()
    return session


def test_it_holds_what_was_said_and_nothing_else(answered: ChatSession, mailbox: Mailbox) -> None:
    send_transcript(answered, "Mia@Example.com")
    mail = OutboundEmail.objects.get()
    assert (mail.to, mail.kind, mail.ticket, mail.mailbox) == (
        "mia@example.com",
        "transcript",
        answered.ticket,
        mailbox,
    )
    for body in (mail.text, mail.html):
        assert "SECRET" not in body
        assert "care.pdf" in body
        assert "Ana" in body
    assert "Is <b>this</b> waterproof? & more" in mail.text
    assert "Is &lt;b&gt;this&lt;/b&gt; waterproof? &amp; more" in mail.html
    assert "<b>" not in mail.html
    assert "Yes,<br>all day" in mail.html
    assert "7 p.m." in mail.html
    assert "Asia/Jakarta" in mail.text


def test_it_is_in_the_visitors_language(answered: ChatSession, mailbox: Mailbox) -> None:
    ChatSession.objects.update(language="id")
    send_transcript(answered, "mia@example.com")
    assert '<html lang="id" dir="ltr">' in OutboundEmail.objects.get().html


def test_the_address_given_before_is_enough(answered: ChatSession, mailbox: Mailbox) -> None:
    ChatSession.objects.update(visitor_email="mia@example.com")
    send_transcript(answered, "")
    assert OutboundEmail.objects.get().to == "mia@example.com"


def test_without_an_address_it_says_so(answered: ChatSession, mailbox: Mailbox) -> None:
    with pytest.raises(Invalid, match="not an email address"):
        send_transcript(answered, "")


def test_three_times_at_most_and_a_double_click_is_one(answered: ChatSession, mailbox: Mailbox) -> None:
    for minute in (0, 1, 2):
        send_transcript(answered, "mia@example.com", now=NOON + timedelta(minutes=minute))
        send_transcript(answered, "mia@example.com", now=NOON + timedelta(minutes=minute, seconds=2))
    assert OutboundEmail.objects.count() == 3
    with pytest.raises(Conflict, match="3 times"):
        send_transcript(answered, "mia@example.com", now=NOON + timedelta(minutes=3))


def test_unanswered_words_are_mailed_to_nobody(widget: Widget, mailbox: Mailbox) -> None:
    session = chat(widget, "Buy pills at spam.example")
    say(session.pk, NewMessage("now", client_id="message-2"))
    with pytest.raises(Conflict, match="Nobody has answered"):
        send_transcript(session, "victim@example.com")
    assert not OutboundEmail.objects.exists()


def test_a_widget_may_send_none(answered: ChatSession, mailbox: Mailbox) -> None:
    Widget.objects.update(offer_transcript=False)
    with pytest.raises(Forbidden):
        send_transcript(answered, "mia@example.com")


def test_a_brand_without_a_mailbox_says_so_and_counts_nothing(answered: ChatSession) -> None:
    with pytest.raises(Invalid, match="mailbox"):
        send_transcript(answered, "mia@example.com")
    answered.refresh_from_db()
    assert answered.transcripts == 0
