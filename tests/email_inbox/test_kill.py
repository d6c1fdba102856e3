"""What was answered with 250 is there, once, whatever dies meanwhile."""

from __future__ import annotations

import os
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from email_inbox.models import InboundEmail, InboundState, Mailbox
from tests.email_inbox.mails import mail
from tests.live import LiveApp, new_live_app
from tickets.models import Message, Ticket

COUNT = int(os.environ.get("MAIL_FAULT_COUNT", "300"))
"""Mails; 2000 for a measurement."""
SENDERS = 6
PATIENCE = 60 + 0.5 * COUNT
"""Seconds for all of it, on a machine that does other things as well."""

pytestmark = pytest.mark.django_db(transaction=True)


class _Senders:
    """Mail servers as they are: each gives a mail until it hears 250."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.accepted: set[int] = set()
        self.tries = 0
        self._deadline = time.monotonic() + PATIENCE

    def deliver(self, number: int) -> None:
        raw = mail(f"Matter {number}", sender=f"c{number}@example.org", message_id=f"<kill-{number}@example.org>")
        while time.monotonic() < self._deadline:
            self.tries += 1
            try:
                with smtplib.SMTP("127.0.0.1", self._port, timeout=10) as smtp:
                    smtp.sendmail(f"c{number}@example.org", ["support@example.com"], raw)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.2)
                continue
            self.accepted.add(number)
            return


def _wait_for(app: LiveApp, senders: _Senders, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(senders.accepted) < count:
        assert time.monotonic() < deadline, app.log("intake")[-2000:]
        time.sleep(0.05)


def _end_database_connections() -> None:
    """As a crash of the database ends them: without a word, in the middle of whatever they do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def test_each_mail_that_was_accepted_is_there_once(mailbox: Mailbox, tmp_path: Path) -> None:
    app = new_live_app(tmp_path)
    senders = _Senders(app.smtp_port)
    for name in ("intake", "worker"):
        app.start(name)
    pool = ThreadPoolExecutor(SENDERS)
    try:
        for number in range(COUNT):
            pool.submit(senders.deliver, number)
        for part in (1, 2, 3):
            _wait_for(app, senders, part * COUNT // 5)
            app.kill("intake")
            if part == 2:
                app.kill("worker")
                app.start("worker")
            app.start("intake")
        _wait_for(app, senders, COUNT * 4 // 5)
        _end_database_connections()
        pool.shutdown(wait=True)
        assert len(senders.accepted) == COUNT
        _wait_until_processed(app)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        app.stop_all()
    firsts = InboundEmail.objects.filter(duplicate_of__isnull=True)
    assert set(firsts.values_list("header_id", flat=True)) == {f"kill-{n}@example.org" for n in range(COUNT)}
    assert (firsts.count(), Ticket.objects.count(), Message.objects.count()) == (COUNT, COUNT, COUNT)


def _wait_until_processed(app: LiveApp) -> None:
    """The tick takes up what lost its process, after its five seconds of grace."""
    deadline = time.monotonic() + PATIENCE
    while InboundEmail.objects.exclude(state__in=[InboundState.PROCESSED, InboundState.IGNORED]).exists():
        assert time.monotonic() < deadline, app.log("worker")[-2000:]
        time.sleep(0.5)
