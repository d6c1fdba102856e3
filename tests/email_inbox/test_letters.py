"""Letters: mail that is no answer on a ticket, sent by the same outbox."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.models import Brand
from core.errors import Invalid
from email_inbox import delivery
from email_inbox.models import Mailbox, OutboundEmail, OutboundState
from email_inbox.tokens import ticket_in_address
from tests import factories
from tickets.letters import Letter, can_send, send_letter
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(settings: Any) -> list[Any]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []
    return django_mail.outbox


def test_a_letter_leaves_by_the_outbox_and_asks_for_no_automatic_answer(
    mailbox: Mailbox, brand: Brand, sent: list[Any]
) -> None:
    send_letter(
        Letter(brand, "mia@example.com", "Your chat\r\nBcc: x@y.z", "Hello", html="<p>Hello</p>", kind="transcript")
    )
    assert delivery.deliver_due() == 1
    [mail] = sent
    assert (mail.to, mail.body, mail.subject) == (["mia@example.com"], "Hello", "Your chat Bcc: x@y.z")
    assert mail.from_email == "Acme Help <support@example.com>"
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
    assert mail.reply_to == ["Acme Help <support@example.com>"]
    row = OutboundEmail.objects.get()
    assert (row.state, row.kind, row.attempts) == (OutboundState.SENT, "transcript", 1)


def test_an_answer_to_a_letter_about_a_ticket_finds_the_ticket(mailbox: Mailbox, brand: Brand, sent: list[Any]) -> None:
    ticket: Ticket = factories.ticket(factories.customer(), brand)
    send_letter(Letter(brand, "mia@example.com", "Your chat", "Hello", ticket=ticket))
    delivery.deliver_due()
    assert ticket_in_address(sent[0].reply_to[0]) == ticket.public_id


def test_without_a_mailbox_no_letter_can_be_sent(brand: Brand) -> None:
    assert not can_send(brand)
    with pytest.raises(Invalid, match="mailbox"):
        send_letter(Letter(brand, "mia@example.com", "Your chat", "Hello"))


def test_a_letter_that_was_rolled_back_never_leaves(mailbox: Mailbox, brand: Brand) -> None:
    with transaction.atomic():
        send_letter(Letter(brand, "mia@example.com", "Your chat", "Hello"))
        transaction.set_rollback(True)
    assert delivery.deliver_due() == 0


def test_the_database_refuses_an_empty_mail(mailbox: Mailbox) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboundEmail.objects.create(mailbox=mailbox, to="a@b.c", subject="", header_id="x@y", due_at=timezone.now())
