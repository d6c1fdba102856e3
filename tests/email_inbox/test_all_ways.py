"""One mail over every way at once is one message."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from contactcentre.embedded.ports import is_free
from core.secrets import Secret
from core.work import claim
from email_inbox import intake
from email_inbox.fetching import LEASE, active_accounts, fetch
from email_inbox.models import InboundEmail, InboundState, MailAccount, Mailbox, Security, Source
from email_inbox.smtp_server import Intake, serve, serve_lmtp
from tests.email_inbox.imap_server import PASSWORD, USER, ImapServer
from tests.email_inbox.mails import mail
from tests.live import ROOT, new_live_app
from tickets.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "signing-key"
RAW = mail("Only once, please", message_id="<only-once@mail.example>")


def test_fifty_deliveries_of_one_mail_over_all_ways_are_one_message(
    mailbox: Mailbox, settings: Any, tmp_path: Path
) -> None:
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0
    imap, lmtp_socket = ImapServer(INBOX=0).start(), tmp_path / "lmtp.sock"
    intake_server = _Intakes(lmtp_socket)
    try:
        imap.append(RAW, RAW)  # twice in the folder, and there are two accounts of it
        for host in ("127.0.0.1", "localhost"):
            _account(mailbox, host, imap.port)
        smtp_port = intake_server.start()
        ways: list[Callable[[int], None]] = [
            lambda _number: _by_smtp(smtp_port),
            lambda _number: _by_lmtp(lmtp_socket),
            _by_webhook,
            lambda _number: _by_file(tmp_path),
        ]
        deliveries = [(ways[number % 3], number) for number in range(46)] + [(ways[3], 0), (ways[3], 1)]
        with ThreadPoolExecutor(16) as pool:
            done = [pool.submit(way, number) for way, number in deliveries]
            done += [pool.submit(_by_imap, host) for host in ("127.0.0.1", "localhost")]
            for one in done:
                one.result(timeout=120)
    finally:
        intake_server.stop()
        imap.stop()
    for waiting in InboundEmail.objects.filter(state=InboundState.RECEIVED):
        intake.process(waiting.pk)
    assert Message.objects.count() == 1
    arrivals = InboundEmail.objects.all()
    assert len(arrivals) == 52  # 50 deliveries, two of which found two copies each
    assert {one.source for one in arrivals} == {Source.SMTP, Source.LMTP, Source.IMAP, Source.WEBHOOK, Source.COMMAND}
    assert sum(one.duplicate_of_id is None for one in arrivals) == 1


def test_a_killed_intake_leaves_no_process_behind_and_no_mail(mailbox: Mailbox, tmp_path: Path) -> None:
    """Its processing runs in a process of its own, which alone would wait for ever."""
    app = new_live_app(tmp_path)
    app.start("intake")
    try:
        deadline = time.monotonic() + 60
        while is_free(app.smtp_port):
            assert time.monotonic() < deadline, app.log("intake")
            time.sleep(0.1)
        _by_smtp(app.smtp_port)
        while not Message.objects.exists():
            assert time.monotonic() < deadline, app.log("intake")
            time.sleep(0.1)
        intake_process = psutil.Process(app.processes["intake"].pid)
        children = intake_process.children(recursive=True)
        assert children
        intake_process.kill()
        _gone, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
    finally:
        app.stop_all()


class _Intakes:
    def __init__(self, lmtp_socket: Path) -> None:
        self._socket = lmtp_socket
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        handlers = [Intake(), Intake(Source.LMTP)]
        lmtp = asyncio.create_task(serve_lmtp(handlers[1], str(self._socket), max_bytes=100_000, until=self._stop))
        await serve(handlers[0], "127.0.0.1", 0, max_bytes=100_000, ready=self._ready, until=self._stop)
        await lmtp
        for handler in handlers:
            handler.close()

    def _ready(self, port: int) -> None:
        self._port = port
        self._loop.call_later(0.2, self._up.set)  # the other socket is bound in the same turn of the loop

    def start(self) -> int:
        self._thread.start()
        assert self._up.wait(10)
        return self._port

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)


def _account(mailbox: Mailbox, host: str, port: int) -> None:
    MailAccount.objects.create(
        mailbox=mailbox, host=host, port=port, security=Security.NONE, user=USER, password=Secret.of(PASSWORD)
    )


def _by_smtp(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.sendmail("mia@example.com", ["support@example.com"], RAW)


def _by_lmtp(path: Path) -> None:
    with smtplib.LMTP(str(path), 0) as client:
        client.sendmail("mia@example.com", ["support@example.com"], RAW)


def _by_webhook(number: int) -> None:
    token, timestamp = f"token-{number}", "1795400000"
    signature = hmac.new(KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    form = {"recipient": "support@example.com", "sender": "mia@example.com", "body-mime": RAW.decode()}
    form |= {"timestamp": timestamp, "token": token, "signature": signature}
    try:
        assert Client().post("/mail/webhooks/mailgun/", form).status_code == 200
    finally:
        connections.close_all()


def _by_file(folder: Path) -> None:
    command = [sys.executable, "manage.py", "ingest_email"]
    environment = new_live_app(folder)._environment()
    subprocess.run(command, cwd=ROOT, env=environment, input=RAW, check=True, capture_output=True, timeout=100)


def _by_imap(host: str) -> None:
    try:
        (account,) = claim(active_accounts().filter(host=host), limit=1, lease=LEASE, now=timezone.now())
        fetch(account)
        assert account.last_error == ""
    finally:
        connections.close_all()
