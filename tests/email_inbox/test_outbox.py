"""Each answer leaves once: composed safely, retried when it may be, shown when it failed, safe under kill -9."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection
from django.utils import timezone

from agents.models import Agent
from email_inbox import delivery
from email_inbox.composing import compose
from email_inbox.models import Mailbox, OutboundEmail, OutboundState
from email_inbox.smtp_server import serve
from email_inbox.tokens import ticket_in_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tests.live import ROOT
from tickets.actions import post_note, post_reply
from tickets.content import NewAttachment, NewMessage
from tickets.models import Delivery, Message, Ticket

Answer = Callable[[int], str]


class Relay:
    """A mail server that answers DATA as the test says; `mails` are those it accepted."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answer: Answer = lambda _number: "250 OK"
        self.hang_up_after_data = 0
        self.tried = 0
        self.port = 0
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tried += 1
        answer = self.answer(self.tried)
        if answer.startswith("250"):
            self.mails.append(bytes(envelope.original_content or b""))
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            cast(Any, server).transport.abort()
        return answer

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await serve(self, "127.0.0.1", 0, max_bytes=50_000_000, ready=self._ready, until=self._stop)

    def _ready(self, port: int) -> None:
        self.port = port
        self._up.set()

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def relay(settings: Any) -> Iterator[Relay]:
    started = Relay()
    started.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", started.port, 5
    yield started
    started.stop()


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail(message_id="<first@mail.example>")))


@pytest.fixture
def reply(ticket: Ticket, ana: Agent) -> Message:
    return post_reply(ana, ticket.pk, NewMessage("It is on its way.\n\nAna"))


def _arrived(relay: Relay, number: int = -1) -> EmailMessage:
    return email.message_from_bytes(relay.mails[number], policy=email.policy.default)


def _again() -> None:
    """Make what was postponed due now."""
    OutboundEmail.objects.update(due_at=timezone.now(), lease_until=None)
    delivery.deliver_due()


@pytest.mark.django_db
class TestComposing:
    def test_an_answer_arrives_in_the_customers_thread(self, relay: Relay, reply: Message, ticket: Ticket) -> None:
        assert delivery.deliver_due() == 1
        arrived = _arrived(relay)
        assert arrived["To"] == "mia@example.com"
        assert str(arrived["From"]) == "Ana at Acme Help <support@example.com>"
        assert arrived["Subject"] == "Re: My parcel"
        assert arrived["In-Reply-To"] == arrived["References"] == "<first@mail.example>"
        assert ticket_in_address(str(arrived["Reply-To"])) == ticket.public_id
        assert "Auto-Submitted" not in arrived
        assert {part.get_content_type() for part in arrived.walk()} >= {"text/plain", "text/html"}
        plain = cast(EmailMessage, arrived.get_body(("plain",))).get_content()
        assert "It is on its way." in plain
        assert "> Where is my parcel?" in plain
        reply.refresh_from_db()
        assert reply.delivery == Delivery.SENT

    def test_the_thread_grows_by_every_mail_of_both_sides(
        self, relay: Relay, deliver: Deliver, reply: Message, ticket: Ticket, ana: Agent
    ) -> None:
        first = OutboundEmail.objects.get(message=reply)
        deliver(mail("And when?", message_id="<second@mail.example>", in_reply_to=f"<{first.header_id}>"))
        post_reply(ana, ticket.pk, NewMessage("Tomorrow."))
        delivery.deliver_due()
        references = str(_arrived(relay)["References"]).split()
        assert references == ["<first@mail.example>", f"<{first.header_id}>", "<second@mail.example>"]

    def test_names_subjects_and_files_in_any_script_arrive(
        self, relay: Relay, deliver: Deliver, ana: Agent, mailbox: Mailbox
    ) -> None:
        Mailbox.objects.update(name="客服, Köln", signature="Ihr Team\nKöln")
        raw = mail(sender="Zoë <zoe@example.com>", subject="包裹 in Grün").decode().encode()
        ticket_id = deliver(raw).ticket_id
        assert ticket_id is not None
        file = NewAttachment("Rückgabe 表.txt", "Grüße".encode(), "text/plain")
        post_reply(ana, ticket_id, NewMessage("Ναι 📦", attachments=(file,)))
        delivery.deliver_due()
        arrived = _arrived(relay)
        assert arrived["Subject"] == "Re: 包裹 in Grün"
        assert "客服, Köln" in str(arrived["From"])
        assert [part.get_filename() for part in arrived.iter_attachments()] == ["Rückgabe 表.txt"]
        assert "Ναι 📦" in cast(EmailMessage, arrived.get_body(("plain",))).get_content()
        assert "Ihr Team" in cast(EmailMessage, arrived.get_body(("html",))).get_content()

    def test_no_subject_or_name_can_add_a_header(self, reply: Message) -> None:
        outbound = OutboundEmail.objects.select_related("message__ticket", "message__agent", "mailbox__brand").get()
        outbound.subject = "Hello\r\nBcc: eve@example.net"
        outbound.mailbox.name = 'A"\r\nBcc: eve@example.net'
        written = compose(outbound).message()
        assert written["Bcc"] is None
        assert "\n" not in written["Subject"] + written["From"]

    def test_answers_go_where_the_customer_asked_for_them(self, deliver: Deliver, ana: Agent) -> None:
        inbound = deliver(mail(reply_to="Office <office@example.com>"))
        assert inbound.ticket_id is not None
        post_reply(ana, inbound.ticket_id, NewMessage("Hello"))
        assert OutboundEmail.objects.get().to == "office@example.com"

    def test_a_private_note_never_leaves(self, ticket: Ticket, ana: Agent) -> None:
        post_note(ana, ticket.pk, NewMessage("He is difficult."))
        assert not OutboundEmail.objects.exists()

    def test_html_of_the_answer_is_escaped(self, relay: Relay, ticket: Ticket, ana: Agent) -> None:
        post_reply(ana, ticket.pk, NewMessage("1 < 2 & <script>x</script>"))
        delivery.deliver_due()
        assert "<script>" not in cast(EmailMessage, _arrived(relay).get_body(("html",))).get_content()


@pytest.mark.django_db
class TestServersAnswers:
    @pytest.mark.parametrize("code", [421, 450, 451])
    def test_a_4xx_is_tried_again_under_the_same_message_id(self, code: int, relay: Relay, reply: Message) -> None:
        relay.answer = lambda number: f"{code} later" if number == 1 else "250 OK"
        delivery.deliver_due()
        outbound = OutboundEmail.objects.get()
        reply.refresh_from_db()
        assert (outbound.state, reply.delivery) == (OutboundState.QUEUED, Delivery.QUEUED)
        assert outbound.due_at > timezone.now()
        assert outbound.response.startswith(str(code))
        _again()
        reply.refresh_from_db()
        assert reply.delivery == Delivery.SENT
        assert _arrived(relay)["Message-ID"] == f"<{outbound.header_id}>"
        assert len(relay.mails) == 1

    def test_a_5xx_is_shown_with_its_reason_and_not_repeated(self, relay: Relay, reply: Message) -> None:
        relay.answer = lambda _number: "550 5.7.1 We do not want this"
        delivery.deliver_due()
        reply.refresh_from_db()
        assert reply.delivery == Delivery.FAILED
        assert "We do not want this" in reply.delivery_error
        _again()
        assert relay.tried == 1

    def test_a_server_that_is_away_is_tried_later(self, relay: Relay, settings: Any, reply: Message) -> None:
        settings.EMAIL_PORT = 9
        delivery.deliver_due()
        settings.EMAIL_PORT = relay.port
        _again()
        assert len(relay.mails) == 1

    def test_a_connection_lost_after_the_content_costs_at_most_two_copies(self, relay: Relay, reply: Message) -> None:
        relay.hang_up_after_data = 5
        for _time in range(4):
            delivery.deliver_due()
            _again()
        outbound = OutboundEmail.objects.get()
        reply.refresh_from_db()
        assert (outbound.state, reply.delivery) == (OutboundState.UNCERTAIN, Delivery.FAILED)
        assert len(relay.mails) == 2
        assert _arrived(relay, 0)["Message-ID"] == _arrived(relay, 1)["Message-ID"]

    def test_it_gives_up_after_three_days(self, relay: Relay, reply: Message) -> None:
        relay.answer = lambda _number: "451 never mind"
        OutboundEmail.objects.update(created_at=timezone.now() - timedelta(days=4))
        delivery.deliver_due()
        assert OutboundEmail.objects.get().state == OutboundState.FAILED

    def test_one_that_cannot_be_made_does_not_stop_the_next(self, relay: Relay, ticket: Ticket, ana: Agent) -> None:
        file = NewAttachment("a.txt", b"x")
        broken = post_reply(ana, ticket.pk, NewMessage("With a file", attachments=(file,)))
        stored = broken.attachments.get()
        stored.file.storage.delete(str(stored.file.name))
        post_reply(ana, ticket.pk, NewMessage("Without"))
        delivery.deliver_due()
        assert [OutboundEmail.objects.get(message=broken).state, len(relay.mails)] == [OutboundState.QUEUED, 1]


CLAIM_THEN_WAIT = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from core.work import claim
from email_inbox.models import OutboundEmail
claim(OutboundEmail.objects.all(), limit=1, lease=timedelta(seconds=2), now=timezone.now())
print("claimed", flush=True)
import time; time.sleep(60)
"""
SEND_THEN_WAIT = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from core.work import claim
from email_inbox import delivery, sending
row = claim(delivery._waiting(), limit=1, lease=timedelta(seconds=2), now=timezone.now())[0]
sending.send(row)
print("sent", flush=True)
import time; time.sleep(60)
"""


def _kill_after(script: str, word: str, environment: dict[str, str]) -> None:
    """Run `script` as a process of its own and kill -9 it once it has printed `word`."""
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == word
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.mark.django_db(transaction=True)
class TestKilledWorkers:
    @pytest.fixture
    def environment(self, settings: Any, relay: Relay) -> dict[str, str]:
        name = connection.settings_dict["NAME"]
        return {
            "DJANGO_SETTINGS_MODULE": "contactcentre.settings",
            "DATABASE_URL": urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl(),
            "EMAIL_URL": f"smtp://127.0.0.1:{relay.port}",
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "SECRET_KEY": settings.SECRET_KEY,
        }

    def test_killed_between_claim_and_send_another_sends_it_once(
        self, environment: dict[str, str], relay: Relay, reply: Message
    ) -> None:
        _kill_after(CLAIM_THEN_WAIT, "claimed", environment)
        assert delivery.deliver_due() == 0  # the lease holds
        time.sleep(2.1)
        assert delivery.deliver_due() == 1
        assert delivery.deliver_due() == 0
        assert len(relay.mails) == 1
        reply.refresh_from_db()
        assert reply.delivery == Delivery.SENT

    def test_killed_after_the_content_was_taken_there_are_two_copies_of_one_message_id(
        self, environment: dict[str, str], relay: Relay, reply: Message
    ) -> None:
        _kill_after(SEND_THEN_WAIT, "sent", environment)
        time.sleep(2.1)
        delivery.deliver_due()
        assert len(relay.mails) == 2
        assert _arrived(relay, 0)["Message-ID"] == _arrived(relay, 1)["Message-ID"]

    def test_two_workers_at_once_send_each_mail_once(self, relay: Relay, ticket: Ticket, ana: Agent) -> None:
        for number in range(6):
            post_reply(ana, ticket.pk, NewMessage(f"Answer {number}"))
        threads = [threading.Thread(target=_deliver_in_thread) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        ids = [_arrived(relay, number)["Message-ID"] for number in range(len(relay.mails))]
        assert len(ids) == len(set(ids)) == 6


def _deliver_in_thread() -> None:
    try:
        delivery.deliver_due()
    finally:
        connection.close()


def test_smtplib_is_the_one_that_the_careful_backend_expects() -> None:
    assert issubclass(smtplib.SMTPServerDisconnected, OSError)
