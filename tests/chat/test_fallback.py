"""Who left a message and keeps their place reads the answers in their mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from agents.models import Agent
from chat.actions import keep_place, mark_visitor_seen
from chat.actions.fallback import mail_unread
from chat.channel import ChatChannel
from chat.models import ChatSession, EmailFallback, State, Widget
from email_inbox.models import Mailbox, OutboundEmail
from tests.chat.visitors import chat_at
from tickets.actions import post_note, post_reply
from tickets.content import NewMessage

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def mailbox(widget: Widget) -> Mailbox:
    return Mailbox.objects.create(brand=widget.brand, name="Acme", address="help@acme.example")


@pytest.fixture
def left(widget: Widget, mailbox: Mailbox) -> ChatSession:
    session = chat_at(widget, NOON, "Do you have it in green?")
    return keep_place(session.pk, "mia@example.com")


def reply(session: ChatSession, ana: Agent, text: str, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        post_reply(ana, session.ticket_id, NewMessage(text))


def test_an_answer_that_nobody_got_goes_by_mail_once(left: ChatSession, ana: Agent) -> None:
    reply(left, ana, "Yes & no: <moss>", NOON)
    left.refresh_from_db()
    assert left.state == State.ACTIVE
    assert mail_unread(later(59)) == 0
    assert mail_unread(later(60)) == 1
    assert mail_unread(later(61)) == 0
    mail = OutboundEmail.objects.get()
    assert (mail.to, mail.ticket, mail.kind) == ("mia@example.com", left.ticket, "chat answer")
    assert "Yes & no: <moss>" in mail.text
    assert "Yes &amp; no: &lt;moss&gt;" in mail.html
    assert EmailFallback.objects.get().sent


def test_an_answer_that_was_read_in_time_does_not(left: ChatSession, ana: Agent) -> None:
    reply(left, ana, "Yes", NOON)
    mark_visitor_seen(left, 99)
    assert mail_unread(later(60)) == 0
    assert not OutboundEmail.objects.exists()
    assert not EmailFallback.objects.get().sent
    assert EmailFallback.objects.get().finished_at


def test_several_answers_are_one_letter_and_notes_stay_at_home(left: ChatSession, ana: Agent) -> None:
    reply(left, ana, "Yes", NOON)
    post_note(ana, left.ticket_id, NewMessage("SECRET"))
    reply(left, ana, "In moss too", later(5))
    assert mail_unread(later(70)) == 1
    text = OutboundEmail.objects.get().text
    assert text.index("Yes") < text.index("In moss too")
    assert "SECRET" not in text


def test_who_did_not_leave_gets_no_mail(widget: Widget, mailbox: Mailbox, ana: Agent) -> None:
    session = chat_at(widget, NOON, email="mia@example.com")
    reply(session, ana, "Yes", NOON)
    assert mail_unread(later(3600)) == 0
    assert not EmailFallback.objects.exists()


def test_a_mailbox_that_went_away_keeps_the_letter_until_there_is_one(
    left: ChatSession, mailbox: Mailbox, ana: Agent
) -> None:
    reply(left, ana, "Yes", NOON)
    Mailbox.objects.update(is_active=False)
    assert mail_unread(later(60)) == 0
    row = EmailFallback.objects.get()
    assert (row.finished_at, row.lease_until) == (None, None)
    assert "mailbox" in row.last_error
    Mailbox.objects.update(is_active=True)
    assert mail_unread(later(3600)) == 1


def test_the_agent_sees_that_they_left(left: ChatSession) -> None:
    assert ChatChannel().recipient(left.ticket).endswith("who left: goes by email too")
