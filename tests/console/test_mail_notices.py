"""What the conversation's page says about mail, and what agents do about it there."""

from __future__ import annotations

import pytest
from django.test import Client

from email_inbox import intake
from email_inbox.models import InboundEmail, Mailbox, Source
from email_inbox.tokens import reply_address
from tests.email_inbox.mails import mail
from tickets.models import Ticket

HTMX = {"HX-Request": "true"}


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
