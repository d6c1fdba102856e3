"""Each mailbox may send by a server of its own, with a secret that nobody reads, and says what its house wants said."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from core.secrets import Secret
from email_inbox.addresses import bounced_among
from email_inbox.delivery import LEASE, deliver_due
from email_inbox.models import Mailbox, MailboxWords, OutboundEmail, OutboundState, Security
from email_inbox.replying import Copies, send_reply
from email_inbox.sending import CarefulSmtp, open_backend
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tests.email_inbox.test_outbox import Relay
from tickets.actions import snooze_ticket
from tickets.content import NewMessage
from tickets.models import Delivery, Message, Status, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


class Choosy(Relay):
    """Refuses recipients whose address begins with `gone`."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def choosy() -> Iterator[Choosy]:
    relay = Choosy()
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def own_server(mailbox: Mailbox, choosy: Choosy) -> Mailbox:
    mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security = "127.0.0.1", choosy.port, Security.NONE
    mailbox.save()
    return mailbox


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail()))


def test_a_mailbox_with_a_server_of_its_own_sends_by_it(
    own_server: Mailbox, choosy: Choosy, ticket: Ticket, ana: Agent
) -> None:
    send_reply(ana, ticket.pk, NewMessage("Hello"))
    deliver_due()
    assert OutboundEmail.objects.get().state == OutboundState.SENT
    assert len(choosy.mails) == 1
    assert outbox.outbox == []


def test_who_is_refused_beside_others_is_named_and_the_others_get_it_once(
    own_server: Mailbox, choosy: Choosy, ticket: Ticket, ana: Agent
) -> None:
    reply = send_reply(ana, ticket.pk, NewMessage("Hello"), Copies(cc=("gone@example.net",)))
    deliver_due()
    outbound = OutboundEmail.objects.get()
    assert (outbound.state, len(choosy.mails)) == (OutboundState.SENT, 1)
    assert "gone@example.net: 550" in outbound.response
    assert Message.objects.get(pk=reply.pk).delivery == Delivery.SENT
    assert "gone@example.net" in TicketEvent.objects.get(ticket=ticket, kind="delivery").data["error"]
    assert list(bounced_among(["gone@example.net", "mia@example.com"])) == ["gone@example.net"]


def test_an_address_refused_at_once_is_marked(own_server: Mailbox, deliver: Deliver, ana: Agent) -> None:
    ticket = Ticket.objects.get(inbound_emails=deliver(mail(sender="gone@example.net")))
    reply = send_reply(ana, ticket.pk, NewMessage("Hello"))
    deliver_due()
    assert Message.objects.get(pk=reply.pk).delivery == Delivery.FAILED
    assert "gone@example.net" in bounced_among(["gone@example.net"])


def test_the_password_is_encrypted_and_used(mailbox: Mailbox) -> None:
    mailbox.smtp_host, mailbox.smtp_user = "smtp.example.com", "support"
    mailbox.smtp_password = Secret.of("correct horse")
    mailbox.full_clean()
    mailbox.save()
    backend = open_backend(Mailbox.objects.get())
    assert isinstance(backend, CarefulSmtp)
    assert (backend.host, backend.username, backend.password) == ("smtp.example.com", "support", "correct horse")
    assert (backend.use_tls, backend.use_ssl) == (True, False)
    assert backend.ssl_context.verify_mode == ssl.CERT_REQUIRED
    with connection.cursor() as cursor:
        cursor.execute("SELECT smtp_password FROM email_inbox_mailbox")
        assert "horse" not in cursor.fetchone()[0]


def test_the_form_never_shows_the_password(mailbox: Mailbox, as_ada: Client) -> None:
    Mailbox.objects.update(smtp_host="smtp.example.com", smtp_password=Secret.of("correct horse"))
    body = as_ada.get(f"/admin/email_inbox/mailbox/{mailbox.pk}/change/").content.decode()
    assert "smtp.example.com" in body
    assert "horse" not in body
    assert Mailbox.objects.get().smtp_password.token not in body


def test_no_password_travels_without_encryption(mailbox: Mailbox) -> None:
    mailbox.smtp_host, mailbox.smtp_security = "smtp.example.com", Security.NONE
    with pytest.raises(ValidationError):
        mailbox.full_clean()


def test_a_lost_key_delays_the_mail_and_says_why(mailbox: Mailbox, ticket: Ticket, ana: Agent) -> None:
    Mailbox.objects.update(smtp_host="127.0.0.1", smtp_password=Secret("not of this key"))
    send_reply(ana, ticket.pk, NewMessage("Hello"))
    deliver_due()
    outbound = OutboundEmail.objects.get()
    assert (outbound.state, "Enter it again" in outbound.response) == (OutboundState.QUEUED, True)


def test_a_slow_server_keeps_one_worker_and_no_more(mailbox: Mailbox, ticket: Ticket, ana: Agent) -> None:
    other = Mailbox.objects.create(address="sales@example.com", brand=mailbox.brand)
    for text in ("hangs", "waits behind it", "of another mailbox"):
        send_reply(ana, ticket.pk, NewMessage(text))
    hangs, _waits, others = OutboundEmail.objects.order_by("pk")
    OutboundEmail.objects.filter(pk=others.pk).update(mailbox=other)
    begun = timezone.now() - timedelta(seconds=20)
    OutboundEmail.objects.filter(pk=hangs.pk).update(lease_until=begun + LEASE, state=OutboundState.SENDING)
    assert deliver_due() == 1
    assert "of another mailbox" in outbox.outbox[0].body
    OutboundEmail.objects.filter(pk=hangs.pk).update(lease_until=begun + LEASE - timedelta(seconds=100))
    assert deliver_due() == 1


def test_words_of_the_house_are_in_the_readers_language(mailbox: Mailbox, ticket: Ticket, ana: Agent) -> None:
    mailbox.signature, mailbox.disclaimer, mailbox.news = "{agent}, {brand} {unknown}", "Acme Ltd, Bath", "Sale!"
    mailbox.save()
    MailboxWords.objects.create(mailbox=mailbox, language="de", signature="Ihr Team {mailbox}", news="Ausverkauf!")
    MailboxWords.objects.create(mailbox=mailbox, language="de-at", news="Abverkauf!")
    texts = []
    for language in ("", "de", "de-AT", "fr"):
        Ticket.objects.update(language=language)
        send_reply(ana, ticket.pk, NewMessage(f"Hello {language}"))
        deliver_due()
        texts.append(outbox.outbox[-1].body)
    plain, german, austrian, french = texts
    assert f"-- \n{ana.name}, {ticket.brand.name} {{unknown}}\n\nSale!\n\nAcme Ltd, Bath" in plain
    assert "Ihr Team support@example.com\n\nAusverkauf!\n\nAcme Ltd, Bath" in german
    assert "Ihr Team support@example.com\n\nAbverkauf!\n\nAcme Ltd, Bath" in austrian
    assert "Sale!" in french


def test_words_of_the_house_are_no_markup(mailbox: Mailbox, ticket: Ticket, ana: Agent) -> None:
    mailbox.disclaimer = "<script>alert(1)</script> & Co"
    mailbox.save()
    send_reply(ana, ticket.pk, NewMessage("Hello"))
    deliver_due()
    (sent,) = outbox.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in html


def test_every_try_meets_its_own_refusals() -> None:
    first, second = CarefulSmtp(host="127.0.0.1"), CarefulSmtp(host="127.0.0.1")
    assert first.refused is not second.refused
    assert issubclass(first.connection_class, smtplib.SMTP)


def test_an_answer_that_nobody_got_brings_its_ticket_back(own_server: Mailbox, deliver: Deliver, ana: Agent) -> None:
    ticket = Ticket.objects.get(inbound_emails=deliver(mail(sender="gone@example.net")))
    send_reply(ana, ticket.pk, NewMessage("Done!"), status="solved")
    snooze_ticket(ana, ticket.pk, timezone.now() + timedelta(days=1))
    deliver_due()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.snoozed_until) == (Status.OPEN, None)
