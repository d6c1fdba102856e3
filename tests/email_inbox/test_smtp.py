"""The SMTP intake over a real socket: 250 means stored."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from email_inbox import smtp_server
from email_inbox.models import InboundEmail, InboundState, Mailbox, Source
from email_inbox.smtp_server import Intake, serve
from tests.email_inbox.mails import mail
from tickets.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 200_000


class Server:
    """The intake in a thread of its own, as `manage.py smtpd` runs it."""

    def __init__(self) -> None:
        self.port = 0
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self._loop, self._stop, handler = asyncio.get_running_loop(), asyncio.Event(), Intake()
        await serve(handler, "127.0.0.1", 0, max_bytes=LIMIT, ready=self._ready, until=self._stop)
        handler._storing.submit(connections.close_all)
        handler.close()

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
def server(mailbox: Mailbox, settings: Any) -> Iterator[Server]:
    # Connections of the pool's threads end with each piece of work, so that the test database can be emptied.
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0
    started = Server()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def smtp(server: Server) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        yield client


def _processed(count: int = 1) -> None:
    deadline = time.monotonic() + 10
    while InboundEmail.objects.exclude(state=InboundState.RECEIVED).count() < count:
        assert time.monotonic() < deadline, "not processed in time"
        time.sleep(0.02)


def test_a_mail_is_stored_when_250_is_said_and_a_message_soon_after(smtp: smtplib.SMTP) -> None:
    refused = smtp.sendmail("mia@example.com", ["Support+x@Example.com"], mail())
    inbound = InboundEmail.objects.get()  # right after the 250
    assert refused == {}
    assert (inbound.source, inbound.envelope_from) == (Source.SMTP, "mia@example.com")
    _processed()
    assert Message.objects.get().text == "Where is my parcel?"


def test_what_is_stored_is_what_was_sent(smtp: smtplib.SMTP) -> None:
    raw = b"From: a@example.com\r\nSubject: dots\r\n\r\n.hidden\r\n..\r\n\xff\x00 8-bit\r\n" + b"x" * 5000 + b"\r\n"
    smtp.sendmail("a@example.com", ["support@example.com"], raw)
    assert InboundEmail.objects.get().original == raw


def test_an_unknown_mailbox_is_refused_before_the_mail_is_sent(smtp: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.sendmail("mia@example.com", ["nobody@example.com"], mail())
    assert next(iter(refused.value.recipients.values()))[0] == 550
    assert not InboundEmail.objects.exists()


def test_an_inactive_mailbox_is_refused(smtp: smtplib.SMTP, mailbox: Mailbox) -> None:
    Mailbox.objects.update(is_active=False)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.sendmail("mia@example.com", ["support@example.com"], mail())


@pytest.mark.parametrize("announced", [True, False])
def test_a_mail_over_the_limit_is_refused(smtp: smtplib.SMTP, announced: bool) -> None:
    raw = mail("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * (LIMIT // 70))
    smtp.ehlo()
    if not announced:
        smtp.esmtp_features.pop("size")  # smtplib then sends no SIZE, and the limit is met while reading
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        smtp.sendmail("mia@example.com", ["support@example.com"], raw)
    assert refused.value.smtp_code == 552
    assert not InboundEmail.objects.exists()


def test_without_a_database_the_sender_is_asked_to_come_back(smtp: smtplib.SMTP, settings: Any) -> None:
    """The address of the database is changed for new connections; the pool opens one for each piece of work."""
    smtp.ehlo()
    working = connections.settings["default"]["PORT"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        connections.settings["default"]["PORT"] = str(taken.getsockname()[1])
        try:
            assert smtp.mail("mia@example.com")[0] == 250
            code, said = smtp.rcpt("support@example.com")
        finally:
            connections.settings["default"]["PORT"] = working
    assert code == 451
    assert b"psycopg" not in said.lower()
    smtp.rset()
    smtp.sendmail("mia@example.com", ["support@example.com"], mail())  # and it comes back
    assert InboundEmail.objects.count() == 1


def test_a_database_lost_between_recipient_and_content_is_451_and_never_250(smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    smtp.mail("mia@example.com")
    assert smtp.rcpt("support@example.com")[0] == 250
    working = connections.settings["default"]["PORT"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        connections.settings["default"]["PORT"] = str(taken.getsockname()[1])
        try:
            code, _said = smtp.data(mail())
        finally:
            connections.settings["default"]["PORT"] = working
    assert code == 451
    assert not InboundEmail.objects.exists()


def test_one_mail_for_two_addresses_of_one_mailbox_is_one_message(smtp: smtplib.SMTP) -> None:
    smtp.sendmail("mia@example.com", ["support@example.com", "support+a@example.com"], mail())
    assert InboundEmail.objects.count() == 1


def test_a_mail_sent_again_because_the_250_was_lost_is_one_message(smtp: smtplib.SMTP) -> None:
    raw = mail()
    for _time in range(2):
        smtp.sendmail("mia@example.com", ["support@example.com"], raw)
    _processed(2)
    assert Message.objects.count() == 1


def test_more_mails_than_the_pool_takes_at_once_are_processed_without_the_tick(
    monkeypatch: pytest.MonkeyPatch, smtp: smtplib.SMTP
) -> None:
    monkeypatch.setattr(smtp_server, "MOST_WAITING", 1)
    for number in range(12):
        smtp.sendmail("mia@example.com", ["support@example.com"], mail(f"Number {number}"))
    _processed(12)
    assert Message.objects.count() == 12
