"""What was answered with 250 is there, once, whatever dies meanwhile: intake, worker or PostgreSQL itself."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import environ
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from agents.models import Brand
from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.processes import with_descendants
from contactcentre.embedded.services import Services
from email_inbox.models import InboundEmail, InboundState, Mailbox
from tests.email_inbox.mails import mail
from tests.live import ROOT, LiveApp, new_live_app
from tickets.models import Message, Ticket

COUNT = int(os.environ.get("MAIL_FAULT_COUNT", "300"))
"""Mails; 2000 for a measurement."""
SENDERS = 6
PATIENCE = 60 + 0.5 * COUNT
"""Seconds for all of it, on a machine that does other things as well."""

pytestmark = pytest.mark.slow


@pytest.fixture
def postgres(tmp_path: Path, settings: Any, django_db_blocker: DjangoDbBlocker) -> Generator[Services]:
    """A PostgreSQL that belongs to this test, as careful with its disk as in production. The ORM speaks to it."""
    services = Services(DataFolder(tmp_path / "own"))
    services.ensure_running(["postgres"])
    settings.DATABASE_URL = services.environment()["DATABASE_URL"]
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=os.environ | {"DATABASE_URL": settings.DATABASE_URL}, check=True)
    connection.close()
    former = dict(connection.settings_dict)
    connection.settings_dict.update(environ.Env.db_url_config(settings.DATABASE_URL))
    try:
        with django_db_blocker.unblock():
            yield services
            connection.close()
    finally:
        connection.settings_dict.update(former)
        services.stop(["postgres"])


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


def _kill_postgres(postgres: Services) -> None:
    """The server and all its processes at once, without a word; then it recovers from its log."""
    connection.close()
    for process in with_descendants(postgres.state().processes["postgres"]):
        process.kill()
    time.sleep(1)
    postgres.ensure_running(["postgres"])


def test_each_mail_that_was_accepted_is_there_once(postgres: Services, tmp_path: Path) -> None:
    Mailbox.objects.create(address="support@example.com", brand=Brand.objects.create(name="Acme", slug="acme"))
    app = new_live_app(tmp_path)
    senders = _Senders(app.smtp_port)
    for name in ("intake", "worker"):
        app.start(name)
    pool = ThreadPoolExecutor(SENDERS)
    try:
        for number in range(COUNT):
            pool.submit(senders.deliver, number)
        for part in range(1, 6):
            _wait_for(app, senders, part * COUNT // 6)
            _die(part, app, postgres)
        pool.shutdown(wait=True)
        assert len(senders.accepted) == COUNT
        _wait_until_processed(app)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        app.stop_all()
    firsts = InboundEmail.objects.filter(duplicate_of__isnull=True)
    assert set(firsts.values_list("header_id", flat=True)) == {f"kill-{n}@example.org" for n in range(COUNT)}
    assert (firsts.count(), Ticket.objects.count(), Message.objects.count()) == (COUNT, COUNT, COUNT)


def _die(part: int, app: LiveApp, postgres: Services) -> None:
    if part in (2, 4):
        _kill_postgres(postgres)
        return
    app.kill("intake")
    if part == 3:
        app.kill("worker")
        app.start("worker")
    app.start("intake")


def _wait_until_processed(app: LiveApp) -> None:
    """The tick takes up what lost its process, after its five seconds of grace."""
    deadline = time.monotonic() + PATIENCE
    while InboundEmail.objects.exclude(state__in=[InboundState.PROCESSED, InboundState.IGNORED]).exists():
        assert time.monotonic() < deadline, app.log("worker")[-2000:]
        time.sleep(0.5)
