"""Mails that somebody wrote to do harm, and mails that do it without meaning to."""

from __future__ import annotations

import pytest

from agents.models import Agent
from crm.models import Customer
from email_inbox import intake
from email_inbox.composing import compose
from email_inbox.delivery import deliver_due
from email_inbox.models import InboundEmail, InboundState, Mailbox, OutboundEmail, Source, Verdict
from email_inbox.tokens import message_id, reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.actions import change_status, post_reply
from tickets.content import NewMessage
from tickets.models import Delivery, Message, Status, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail(message_id="<first@mail.example>")))


def test_one_mail_to_a_thousand_makes_one_customer_and_one_ticket(deliver: Deliver) -> None:
    crowd = ", ".join(f"person{number}@example.org" for number in range(1_000))
    sender = "Mia <mia@example.com>, Bo <bo@example.com>, Eve <eve@example.com>"
    inbound = deliver(mail(sender=sender, to=f"support@example.com, {crowd}", cc=crowd, reply_to=crowd))
    assert inbound.state == InboundState.PROCESSED
    assert (Customer.objects.count(), Ticket.objects.count(), len(inbound.others)) == (1, 1, 50)


def test_headers_of_megabytes_are_a_mail_like_any_other(deliver: Deliver) -> None:
    inbound = deliver(mail(subject="x" * 300_000, references=" ".join(f"<{n}@x.example>" for n in range(40_000))))
    assert inbound.state == InboundState.PROCESSED
    assert len(inbound.subject) <= 300
    assert len(inbound.original) > 600_000


def test_a_stolen_token_in_a_forged_mail_reaches_no_thread(mailbox: Mailbox, deliver: Deliver, ticket: Ticket) -> None:
    stolen = mail("Send it to my new address", to=reply_address("support@example.com", ticket.public_id))
    inbound = intake.receive(stolen, mailbox, Source.SMTP)
    InboundEmail.objects.filter(pk=inbound.pk).update(verdict=Verdict.FORGED)
    intake.process(inbound.pk)
    assert ticket.messages.count() == 1
    assert not ticket.inbound_emails.filter(state=InboundState.HELD).exists()


def test_a_token_of_one_ticket_with_the_number_of_another_names_none(deliver: Deliver, ticket: Ticket) -> None:
    other = Ticket.objects.get(inbound_emails=deliver(mail(sender="bo@example.com")))
    mine = reply_address("support@example.com", other.public_id)
    mixed = mine.replace(other.public_id, ticket.public_id)
    inbound = deliver(mail(sender="bo@example.com", to=mixed))
    assert inbound.ticket_id not in (ticket.pk, other.pk)


def test_every_name_of_a_customer_in_the_fields_gives_a_stranger_nothing(deliver: Deliver, ticket: Ticket) -> None:
    """Reply-To, Sender, Return-Path, Resent-From and the shown name all say Mia; From says Eve."""
    deliver(
        mail(
            "I am Mia",
            sender='"mia@example.com" <eve@example.net>',
            to=reply_address("support@example.com", ticket.public_id),
            reply_to="mia@example.com",
            return_path="<mia@example.com>",
            resent_from="mia@example.com",
        ).replace(b"\r\n\r\n", b"\r\nSender: mia@example.com\r\n\r\n", 1)
    )
    assert ticket.messages.count() == 1


def test_a_vacation_notice_neither_reopens_nor_stops_anything(deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    post_reply(ana, ticket.pk, NewMessage("Done"), status=Status.SOLVED)
    to = reply_address("support@example.com", ticket.public_id)
    for fields in ({"auto_submitted": "auto-replied"}, {"x_autoreply": "yes"}, {"precedence": "auto_reply"}):
        assert deliver(mail("I am away", to=to, **fields)).state == InboundState.QUARANTINED
    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == (Status.SOLVED, 2)


def test_our_own_mail_that_comes_back_by_any_way_is_no_message(deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    post_reply(ana, ticket.pk, NewMessage("Hello"))
    ours = compose(OutboundEmail.objects.get()).message().as_bytes()
    assert deliver(ours).state == InboundState.QUARANTINED
    by_list = ours.replace(b"From: ", b"From: relay@lists.example\r\nX-Was: ", 1)
    assert deliver(by_list).state == InboundState.QUARANTINED
    assert ticket.messages.count() == 2


def test_a_machine_without_any_mark_that_answers_everything_gets_one_word(mailbox: Mailbox, deliver: Deliver) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(acknowledgement="We have it: {number}.")
    box = Mailbox.objects.get(pk=mailbox.pk)
    deliver(mail(sender="robot@example.net"), to=box)
    for _round in range(5):
        last = OutboundEmail.objects.order_by("-pk").first()
        assert last is not None
        deliver_due()
        headers = compose(last).message()
        deliver(mail("Thank you for your mail", sender="robot@example.net", to=str(headers["Reply-To"])), to=box)
    assert (OutboundEmail.objects.count(), Ticket.objects.count()) == (1, 1)


def test_a_report_that_names_somebody_elses_answer_marks_nothing(deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    post_reply(ana, ticket.pk, NewMessage("Hello"))
    deliver_due()
    guessed = message_id("0" * 16, "example.com").replace("0" * 16, OutboundEmail.objects.get().header_id[:16])
    status = (
        "From: mailer-daemon@evil.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;x\r\n\r\n"
        "Final-Recipient: rfc822;mia@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{guessed}>\r\n\r\n--b--\r\n"
    )
    deliver(status.encode(), envelope=intake.Envelope("eve@evil.example", ("support@example.com",)))
    assert Message.objects.get(text="Hello").delivery == Delivery.SENT


def test_a_closed_ticket_is_opened_by_its_customer_and_by_nobody_else(
    deliver: Deliver, ticket: Ticket, ana: Agent
) -> None:
    change_status(ana, ticket.pk, Status.SOLVED)
    to = reply_address("support@example.com", ticket.public_id)
    assert deliver(mail("Me too", sender="eve@example.net", to=to)).ticket_id != ticket.pk
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED
    assert deliver(mail("Still broken", to=to)).ticket_id == ticket.pk
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
