"""Automatic answers: to people, a few, and never a conversation between machines."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.utils import timezone

from agents.models import Agent
from console.history import history_line
from email_inbox import intake
from email_inbox.addresses import bounced_among
from email_inbox.delivery import deliver_due
from email_inbox.models import InboundState, Mailbox, OutboundEmail, OutboundState
from email_inbox.tokens import ticket_in_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.corpus import raw_mail
from tests.email_inbox.mails import mail
from tickets.actions import change_status
from tickets.models import EventKind, Status, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def answering(mailbox: Mailbox) -> Mailbox:
    mailbox.acknowledgement = "We have your mail; its number is {number}."
    mailbox.save()
    return mailbox


def acknowledgements() -> int:
    return OutboundEmail.objects.filter(kind="auto").count()


def test_who_opens_a_ticket_is_told_so_once(answering: Mailbox, deliver: Deliver) -> None:
    inbound = deliver(mail(message_id="<first@mail.example>", reply_to="Mia <mia@home.example>"))
    deliver(mail("One more thing", in_reply_to="<first@mail.example>"))
    deliver_due()
    (sent,) = outbox.outbox
    assert (sent.to, sent.subject) == (["mia@home.example"], "Re: My parcel")
    assert f"its number is {inbound.ticket_id}." in sent.body
    headers = sent.message()
    assert (headers["Auto-Submitted"], headers["In-Reply-To"]) == ("auto-replied", "<first@mail.example>")
    assert inbound.ticket is not None
    assert ticket_in_address(str(headers["Reply-To"])) == inbound.ticket.public_id
    (line,) = TicketEvent.objects.filter(ticket=inbound.ticket, kind=EventKind.DELIVERY)
    assert history_line(line) == "mia@home.example was told automatically that the mail is here"


def test_without_words_nothing_is_sent(mailbox: Mailbox, deliver: Deliver) -> None:
    deliver(mail())
    assert acknowledgements() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"auto_submitted": "auto-generated"},
        {"precedence": "bulk"},
        {"precedence": "list"},
        {"list_id": "<news.example.com>"},
        {"list_unsubscribe": "<mailto:off@example.com>"},
        {"x_auto_response_suppress": "DR, OOF, AutoReply"},
        {"x_loop": "yes"},
        {"sender": "no-reply@shop.example"},
        {"sender": "noreply@shop.example"},
    ],
)
def test_machines_and_lists_get_no_answer(fields: dict[str, str], answering: Mailbox, deliver: Deliver) -> None:
    inbound = deliver(mail(**fields))
    assert (inbound.state, acknowledgements()) == (InboundState.PROCESSED, 0)


def test_the_null_sender_gets_no_answer(answering: Mailbox, deliver: Deliver) -> None:
    deliver(mail("From a script"), envelope=intake.Envelope(sender=""))
    assert acknowledgements() == 0


def test_nobody_gets_more_than_three_within_a_day(answering: Mailbox, deliver: Deliver) -> None:
    for number in range(5):
        deliver(mail(subject=f"Matter {number}"))
    assert (acknowledgements(), Ticket.objects.count()) == (3, 5)
    deliver(mail(sender="noah@example.com"))
    assert acknowledgements() == 4
    OutboundEmail.objects.update(created_at=timezone.now() - timedelta(hours=25))
    deliver(mail(subject="Tomorrow"))
    assert acknowledgements() == 5


@pytest.mark.parametrize("keeps_reference", [True, False])
def test_a_machine_that_answers_everything_falls_silent(
    keeps_reference: bool, answering: Mailbox, deliver: Deliver
) -> None:
    deliver(mail("Ping", sender="robot@machine.example"))
    for _round in range(10):
        if not deliver_due():
            break
        last = outbox.outbox[-1].message()
        to = str(last["Reply-To"]).rpartition("<")[2].strip(">") if keeps_reference else "support@example.com"
        deliver(mail("I have your mail", sender="robot@machine.example", to=to))
    assert len(outbox.outbox) <= 3


def test_two_of_our_mailboxes_do_not_talk_with_each_other(answering: Mailbox, deliver: Deliver) -> None:
    other = Mailbox.objects.create(address="sales@example.com", brand=answering.brand, acknowledgement="Thanks!")
    inbound = deliver(mail(sender="support@example.com", to="sales@example.com"), to=other)
    assert (inbound.state, acknowledgements()) == (InboundState.QUARANTINED, 0)


def test_an_acknowledgement_that_comes_back_marks_the_address(answering: Mailbox, deliver: Deliver) -> None:
    first = deliver(mail())
    sent = OutboundEmail.objects.get()
    returned = b"--edge\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%s>\r\n\r\n--edge--"
    inbound = deliver(raw_mail("report-bounce").replace(b"--edge--", returned % sent.header_id.encode()))
    sent.refresh_from_db()
    assert (inbound.state, inbound.ticket_id) == (InboundState.PROCESSED, first.ticket_id)
    assert (sent.state, list(bounced_among(["mia@example.com"]))) == (OutboundState.BOUNCED, ["mia@example.com"])


@pytest.mark.parametrize(
    ("reopen_days", "days", "follows"),
    [(30, 29, False), (30, 31, True), (0, 0, True), (None, 3000, False)],
)
def test_an_answer_to_what_is_finished_opens_it_again_or_follows_up(
    reopen_days: int | None, days: int, follows: bool, mailbox: Mailbox, deliver: Deliver, ana: Agent
) -> None:
    mailbox.reopen_days = reopen_days
    mailbox.save()
    old = Ticket.objects.get(inbound_emails=deliver(mail(message_id="<first@mail.example>")))
    change_status(ana, old.pk, Status.SOLVED)
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
        inbound = deliver(mail("Again", in_reply_to="<first@mail.example>"))
        old.refresh_from_db()
        assert (inbound.ticket_id != old.pk, old.status == Status.SOLVED) == (follows, follows)
        if follows:
            lines = TicketEvent.objects.filter(kind=EventKind.LINK).values_list("ticket_id", "data__other")
            assert set(lines) == {(old.pk, inbound.ticket_id), (inbound.ticket_id, old.pk)}
            assert "follow-up" in inbound.reason
            more = deliver(mail("And again", in_reply_to="<first@mail.example>"))
            assert more.ticket_id == inbound.ticket_id
