"""The forms for mail that an agent begins."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Agent
from email_inbox.addresses import note_bounce
from email_inbox.models import Mailbox, OutboundEmail
from tests import factories
from tickets.actions import post_note
from tickets.content import NewMessage
from tickets.models import Ticket


def test_a_forward_goes_out_and_is_told_in_the_conversation(ticket: Ticket, as_ana: Client) -> None:
    where = f"/console/tickets/{ticket.pk}/forward/1/"
    form = as_ana.get(where)
    assert form.status_code == 200
    answer = as_ana.post(where, {"to": "Expert <expert@example.net>", "text": "What now?", "client_id": "1"})
    assert answer.status_code == 302
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "Forwarded to expert@example.net" in body
    assert "What now?" in body


@pytest.mark.parametrize("seq", [2, 3, 99_999_999_999])
def test_notes_and_what_is_not_there_are_not_forwarded(seq: int, ticket: Ticket, ana: Agent, as_ana: Client) -> None:
    post_note(ana, ticket.pk, NewMessage("secret"))
    assert as_ana.get(f"/console/tickets/{ticket.pk}/forward/{seq}/").status_code == 404


def test_whatever_is_wrong_every_word_stays(ticket: Ticket, as_ana: Client) -> None:
    where = f"/console/tickets/{ticket.pk}/forward/1/"
    answer = as_ana.post(where, {"to": "nobody at all", "cc": "lena@example.com", "text": "What <now>?"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "nobody at all" in body
    assert "lena@example.com" in body
    assert "What &lt;now&gt;?" in body
    assert not OutboundEmail.objects.exists()


def test_an_address_that_came_back_is_asked_about_once(mailbox: Mailbox, as_ana: Client) -> None:
    note_bounce("gone@example.net", "550 no such user")
    key = as_ana.get("/console/mail/new/").content.decode().split('name="key" value="')[1].split('"')[0]
    fields = {"mailbox": str(mailbox.pk), "to": "gone@example.net", "subject": "Hi", "text": "Hello", "key": key}
    asked = as_ana.post("/console/mail/new/", fields)
    assert (asked.status_code, "Send anyway" in asked.content.decode()) == (409, True)
    assert as_ana.post("/console/mail/new/", fields | {"confirm": "1"}).status_code == 302
    assert Ticket.objects.get().pending_replies.get().mailbox == mailbox


def test_a_first_mail_and_a_forward_can_be_taken_back_for_some_seconds(
    ticket: Ticket, mailbox: Mailbox, as_ana: Client
) -> None:
    as_ana.post(f"/console/tickets/{ticket.pk}/forward/1/", {"to": "expert@example.net", "text": "What now?"})
    forward = OutboundEmail.objects.get()
    page = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "The forward to expert@example.net is about to leave." in page
    fragment = as_ana.post(
        f"/console/tickets/{ticket.pk}/waiting/{forward.pk}/", {"do": "unforward"}, headers={"HX-Request": "true"}
    )
    assert (fragment.status_code, "is about to leave" in fragment.content.decode()) == (200, False)
    assert not OutboundEmail.objects.exists()

    key = as_ana.get("/console/mail/new/").content.decode().split('name="key" value="')[1].split('"')[0]
    fields = {"mailbox": str(mailbox.pk), "to": "new@example.net", "subject": "Hi", "text": "Hello", "key": key}
    opened = as_ana.post("/console/mail/new/", fields, follow=True)
    assert "The answer of Ana is about to leave." in opened.content.decode()
    assert not OutboundEmail.objects.exists()


def test_nobody_writes_from_another_brands_mailbox(mailbox: Mailbox, as_otto: Client) -> None:
    fields = {"mailbox": str(mailbox.pk), "to": "a@example.net", "subject": "Hi", "text": "Hello"}
    answer = as_otto.post("/console/mail/new/", fields)
    assert (answer.status_code, mailbox.address in answer.content.decode()) == (422, False)
    assert not Ticket.objects.exists()


def test_a_chats_messages_have_no_forward_link(mailbox: Mailbox, as_ana: Client) -> None:
    chat = factories.ticket(factories.customer("Bo"), mailbox.brand, channel="chat")
    assert "/forward/" not in as_ana.get(f"/console/tickets/{chat.pk}/").content.decode()
