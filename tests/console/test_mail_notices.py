"""What the conversation's page says about mail, and what agents do about it there."""

from __future__ import annotations

import pytest
from django.test import Client

from email_inbox import intake
from email_inbox.models import InboundEmail, Mailbox, Participant, Source
from email_inbox.tokens import reply_address
from tests.email_inbox.mails import mail
from tickets.models import Ticket

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def held(ticket: Ticket, mailbox: Mailbox) -> InboundEmail:
    to = reply_address(mailbox.address, ticket.public_id)
    inbound = intake.receive(mail("<b>Let</b> me in", sender="eve@example.net", to=to), mailbox, Source.SMTP)
    intake.process(inbound.pk)
    return InboundEmail.objects.get(pk=inbound.pk)


def test_a_held_mail_is_shown_with_its_words_and_the_three_ways(held: InboundEmail, as_ana: Client) -> None:
    body = as_ana.get(f"/console/tickets/{held.ticket_id}/").content.decode()
    assert "eve@example.net has no part in this conversation" in body
    assert "&lt;b&gt;Let&lt;/b&gt; me in" in body
    assert [way for way in ("add", "attach", "separate") if f'name="decision" value="{way}"' in body]


def test_a_decision_takes_the_notice_away_and_asks_for_what_is_new(held: InboundEmail, as_ana: Client) -> None:
    where = f"/console/tickets/{held.ticket_id}/"
    answer = as_ana.post(f"{where}held/{held.pk}/", {"decision": "attach"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "conversation:changed")
    assert "eve@example.net" not in answer.content.decode()
    body = as_ana.get(where).content.decode()
    assert "put the mail of eve@example.net into this conversation" in body


def test_a_second_decision_says_that_it_was_taken(held: InboundEmail, as_ana: Client) -> None:
    where = f"/console/tickets/{held.ticket_id}/held/{held.pk}/"
    as_ana.post(where, {"decision": "attach"})
    assert as_ana.post(where, {"decision": "separate"}).status_code == 409


def test_a_page_that_is_open_hears_of_a_held_mail(held: InboundEmail, as_ana: Client) -> None:
    body = as_ana.get(f"/console/tickets/{held.ticket_id}/since/?seq=1").content.decode()
    assert 'id="mail-notice"' in body
    assert "has no part in this conversation" in body


def test_an_answer_waits_and_can_be_taken_back(ticket: Ticket, as_ana: Client) -> None:
    where = f"/console/tickets/{ticket.pk}/"
    sent = as_ana.post(f"{where}reply/", {"text": "Hello Mia", "hold": "1", "client_id": "1"}, headers=JSON)
    assert sent.status_code == 202
    pending = sent.json()["waiting"]
    body = as_ana.get(where).content.decode()
    assert f'id="waiting-{pending}"' in body
    back = as_ana.post(f"{where}waiting/{pending}/", {"do": "back"}, headers=HTMX).content.decode()
    assert "data-restored-text" in back
    assert "Hello Mia" in back
    assert f'id="waiting-{pending}"' not in back
    assert not ticket.messages.filter(text="Hello Mia").exists()


def test_a_mailbox_without_undo_sends_at_once(ticket: Ticket, mailbox: Mailbox, as_ana: Client) -> None:
    Mailbox.objects.update(undo_seconds=0)
    fields = {"text": "Hello", "hold": "1", "client_id": "1"}
    assert as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"later": "tomorrow"}, 202),
        ({"later": "at", "later_at": "2030-01-01T09:00"}, 422),
        ({"later": "at", "later_at": "2001-01-01T09:00"}, 422),
        ({"later": "at", "later_at": "soon"}, 422),
        ({"later": "at", "later_at": "2026-99-99T09:00"}, 422),
        ({"later": "whenever"}, 422),
        ({"cc": "nobody"}, 422),
        ({"bcc": "support@example.com"}, 422),
        ({"cc": "new@example.net"}, 409),
        ({"cc": "new@example.net", "confirm": "1"}, 201),
    ],
)
def test_hours_and_copies_as_they_are_typed(
    fields: dict[str, str], status: int, ticket: Ticket, as_ana: Client
) -> None:
    answer = as_ana.post(
        f"/console/tickets/{ticket.pk}/reply/", {"text": "Hi", "client_id": "1"} | fields, headers=JSON
    )
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["error"]["code"] == "confirm"
        assert "new@example.net" in answer.json()["error"]["message"]
        assert not ticket.messages.filter(text="Hi").exists()


def test_a_participant_is_shown_and_removed(ticket: Ticket, as_ana: Client) -> None:
    Participant.objects.create(ticket=ticket, address="lena@example.com")
    where = f"/console/tickets/{ticket.pk}/"
    body = as_ana.get(where).content.decode()
    assert 'name="cc" value="lena@example.com"' in body
    assert "Remove lena@example.com from this conversation" in body
    assert as_ana.post(f"{where}people/remove/", {"address": "Lena@example.com"}, headers=HTMX).status_code == 200
    body = as_ana.get(where).content.decode()
    assert "removed lena@example.com from this conversation" in body
    assert 'name="cc" value=""' in body
