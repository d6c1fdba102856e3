"""What machines write about our mail, and what only looks like it."""

from __future__ import annotations

import pytest

from agents.models import Agent
from email_inbox.addresses import bounced_among
from email_inbox.delivery import deliver_due
from email_inbox.intake import Envelope
from email_inbox.models import InboundState, OutboundEmail
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Delivery, Message, Ticket

pytestmark = pytest.mark.django_db

REPORT = """\
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <{header_id}>

--b--
"""


@pytest.fixture
def outbound(deliver: Deliver, ana: Agent) -> OutboundEmail:
    ticket = Ticket.objects.get(inbound_emails=deliver(mail()))
    reply = post_reply(ana, ticket.pk, NewMessage("It is on its way."))
    outbound: OutboundEmail = OutboundEmail.objects.get(message=reply)
    return outbound


def report(outbound: OutboundEmail, recipient: str, sender: str = "MAILER-DAEMON@mx.example.com") -> bytes:
    head = f"From: {sender}\nTo: support@example.com\nSubject: Undelivered\nMIME-Version: 1.0\n"
    return (head + REPORT.format(recipient=recipient, header_id=outbound.header_id.strip("<>"))).encode()


def test_a_report_about_the_address_we_wrote_to_marks_the_answer(deliver: Deliver, outbound: OutboundEmail) -> None:
    deliver(report(outbound, "Mia@Example.com"), envelope=Envelope("", ("support@example.com",)))
    assert Message.objects.get(outbound_email=outbound).delivery == Delivery.FAILED


def test_a_report_about_another_address_marks_nothing_and_is_listed(deliver: Deliver, outbound: OutboundEmail) -> None:
    forged = report(outbound, "a@b.example", sender="stranger@elsewhere.example")
    inbound = deliver(forged, envelope=Envelope("stranger@elsewhere.example", ("support@example.com",)))
    assert Message.objects.get(outbound_email=outbound).delivery == Delivery.QUEUED
    assert (inbound.state, "does not fit" in inbound.reason) == (InboundState.QUARANTINED, True)


@pytest.mark.parametrize(
    "words",
    [
        mail("When is my delivery?", subject="Question about delivery", return_path="<>"),
        mail("Please tell", sender="postmaster@customer.example", subject="Where is my delivery of tents"),
    ],
)
def test_a_customer_who_asks_about_a_delivery_gets_a_ticket(words: bytes, deliver: Deliver) -> None:
    inbound = deliver(words, envelope=Envelope("mia@example.com", ("support@example.com",)))
    assert (inbound.state, inbound.ticket is not None) == (InboundState.PROCESSED, True)


def test_a_plain_bounce_from_the_null_sender_is_held_back(deliver: Deliver) -> None:
    bounce = mail("Your message could not be delivered.", sender="Mail System <mailer-daemon@mx.example.com>")
    inbound = deliver(bounce, envelope=Envelope("", ("support@example.com",)))
    assert inbound.state == InboundState.QUARANTINED


def test_an_address_that_needs_smtputf8_fails_with_the_reason_and_is_never_rewritten(
    deliver: Deliver, ana: Agent
) -> None:
    ticket = Ticket.objects.get(inbound_emails=deliver(mail(sender="jürgen@example.de")))
    reply = post_reply(ana, ticket.pk, NewMessage("Hallo"))
    deliver_due()
    reply.refresh_from_db()
    assert (reply.delivery, "before the @" in reply.delivery_error) == (Delivery.FAILED, True)


@pytest.mark.parametrize(
    "reply_to", ["support@example.com", "Support+abc@Example.com", "=?utf-8?Q?a=0D=0ABcc:b@c.de?=", "nobody"]
)
def test_an_unusable_reply_to_falls_back_to_the_sender(reply_to: str, deliver: Deliver, ana: Agent) -> None:
    ticket = Ticket.objects.get(inbound_emails=deliver(mail(reply_to=reply_to)))
    post_reply(ana, ticket.pk, NewMessage("Hello"))
    assert OutboundEmail.objects.get().to == "mia@example.com"


BARE = REPORT.partition("--b\nContent-Type: text/rfc822-headers")[0] + "--b--\n"


def bare_report(recipient: str) -> bytes:
    """As some servers write it: with nothing of the mail that it is about."""
    head = "From: MAILER-DAEMON@mx.example.com\nTo: support@example.com\nSubject: Undelivered\nMIME-Version: 1.0\n"
    return (head + BARE.format(recipient=recipient)).encode()


def test_a_report_without_the_original_is_about_what_was_last_sent_to_its_recipient(
    deliver: Deliver, outbound: OutboundEmail
) -> None:
    deliver_due()
    deliver(bare_report("mia@example.com"), envelope=Envelope("", ("support@example.com",)))
    assert Message.objects.get(outbound_email=outbound).delivery == Delivery.FAILED
    assert not bounced_among(["mia@example.com"])  # it could be anybody's word


@pytest.mark.parametrize(
    ("recipient", "sender"), [("somebody@example.com", ""), ("mia@example.com", "mia@example.com")]
)
def test_a_report_without_the_original_about_others_or_by_a_person_marks_nothing(
    recipient: str, sender: str, deliver: Deliver, outbound: OutboundEmail
) -> None:
    deliver_due()
    inbound = deliver(bare_report(recipient), envelope=Envelope(sender, ("support@example.com",)))
    assert inbound.state == InboundState.QUARANTINED
    assert Message.objects.get(outbound_email=outbound).delivery == Delivery.SENT


def test_a_report_about_a_forwarded_address_names_the_one_that_we_wrote_to(
    deliver: Deliver, outbound: OutboundEmail
) -> None:
    moved = report(outbound, "mia@elsewhere.example").replace(
        b"Final-Recipient", b"Original-Recipient: rfc822;mia@example.com\nFinal-Recipient"
    )
    deliver(moved, envelope=Envelope("", ("support@example.com",)))
    assert Message.objects.get(outbound_email=outbound).delivery == Delivery.FAILED
