"""STARTTLS and LMTP over real sockets, with the standard library's clients."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.core.management import CommandError, call_command
from django.db import connections

from agents.models import Brand
from email_inbox.models import InboundEmail, Mailbox, Source
from email_inbox.smtp_server import Certificate, Intake, serve, serve_lmtp
from tests.email_inbox.mails import mail

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 100_000


class Serving:
    """Both servers in a thread, as `manage.py smtpd` runs them."""

    def __init__(self, socket: Path, tls: Certificate | None = None, *, required: bool = False) -> None:
        self.port = 0
        self.socket = socket
        self._tls, self._required = tls, required
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        handlers = [Intake(), Intake(Source.LMTP)]
        smtp = serve(
            *(handlers[0], "127.0.0.1", 0),
            max_bytes=LIMIT,
            ready=self._ready,
            until=self._stop,
            tls=self._tls,
            tls_required=self._required,
        )
        await asyncio.gather(smtp, serve_lmtp(handlers[1], str(self.socket), max_bytes=LIMIT, until=self._stop))
        for handler in handlers:
            handler.close()

    def _ready(self, port: int) -> None:
        self.port = port
        self._up.set()

    def __enter__(self) -> Serving:
        self._thread.start()
        assert self._up.wait(10)
        deadline = time.monotonic() + 10
        while not self.socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture(autouse=True)
def no_connection_outlives_its_work() -> None:
    connections["default"].settings_dict["CONN_MAX_AGE"] = 0


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def certificate_of(authority: trustme.CA, folder: Path) -> Certificate:
    return Certificate(*write_certificate(authority, folder))


def write_certificate(authority: trustme.CA, folder: Path) -> tuple[str, str]:
    issued = authority.issue_cert("127.0.0.1", "localhost")
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return str(chain), str(key)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def lmtp(mailbox: Mailbox, tmp_path: Path) -> Iterator[smtplib.LMTP]:
    with Serving(tmp_path / "lmtp.sock") as server, smtplib.LMTP(str(server.socket), 0) as client:
        client.ehlo_or_helo_if_needed()
        yield client


def test_a_mail_comes_over_starttls_with_a_certificate_that_is_checked(
    mailbox: Mailbox, authority: trustme.CA, tmp_path: Path
) -> None:
    with (
        Serving(tmp_path / "lmtp.sock", certificate_of(authority, tmp_path)) as server,
        smtplib.SMTP("localhost", server.port, timeout=10) as client,
    ):
        client.starttls(context=trusting(authority))
        assert client.sock.version() in ("TLSv1.2", "TLSv1.3")  # type: ignore[union-attr]
        client.sendmail("mia@example.com", ["support@example.com"], mail())
    assert InboundEmail.objects.get().source == Source.SMTP


def test_without_a_certificate_starttls_is_not_offered(mailbox: Mailbox, tmp_path: Path) -> None:
    with Serving(tmp_path / "lmtp.sock") as server, smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("starttls")


def test_old_tls_is_refused(mailbox: Mailbox, authority: trustme.CA, tmp_path: Path) -> None:
    context = trusting(authority)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        Serving(tmp_path / "lmtp.sock", certificate_of(authority, tmp_path)) as server,
        smtplib.SMTP("localhost", server.port, timeout=10) as client,
        pytest.raises(ssl.SSLError),
    ):
        client.starttls(context=context)


def test_where_tls_is_required_no_mail_is_taken_without_it(
    mailbox: Mailbox, authority: trustme.CA, tmp_path: Path
) -> None:
    with (
        Serving(tmp_path / "lmtp.sock", certificate_of(authority, tmp_path), required=True) as server,
        smtplib.SMTP("localhost", server.port, timeout=10) as client,
    ):
        client.ehlo()
        assert client.mail("mia@example.com")[0] == 530
        client.starttls(context=trusting(authority))
        client.sendmail("mia@example.com", ["support@example.com"], mail())
    assert InboundEmail.objects.count() == 1


def test_a_renewed_certificate_is_used_without_a_restart(
    mailbox: Mailbox, authority: trustme.CA, tmp_path: Path
) -> None:
    new = trustme.CA()
    with Serving(tmp_path / "lmtp.sock", certificate_of(authority, tmp_path)) as server:
        write_certificate(new, tmp_path)
        with smtplib.SMTP("localhost", server.port, timeout=10) as client:
            client.starttls(context=trusting(new))
        (tmp_path / "chain.pem").write_text("half a renewal")
        with smtplib.SMTP("localhost", server.port, timeout=10) as client:
            client.starttls(context=trusting(new))


def test_a_certificate_that_cannot_be_read_stops_the_intake_from_starting(settings: Any, tmp_path: Path) -> None:
    settings.SMTP_TLS_CERT = str(tmp_path / "missing.pem")
    with pytest.raises(CommandError, match="SMTP_TLS_CERT"):
        call_command("smtpd", port=0)


def test_lmtp_answers_for_each_recipient(lmtp: smtplib.LMTP, brand: Brand) -> None:
    Mailbox.objects.create(address="orders@example.com", brand=brand)
    assert lmtp.mail("mia@example.com")[0] == 250
    codes = [lmtp.rcpt(f"{name}@example.com")[0] for name in ("support", "nobody", "orders")]
    assert codes == [250, 550, 250]
    Mailbox.objects.filter(address="orders@example.com").update(is_active=False)  # between the two
    assert lmtp.docmd("DATA")[0] == 354
    lmtp.send(mail() + b".\r\n")
    assert [lmtp.getreply()[0] for _recipient in range(2)] == [250, 550]
    assert InboundEmail.objects.get().source == Source.LMTP


def test_two_recipients_of_one_mailbox_get_two_answers_and_one_message(lmtp: smtplib.LMTP) -> None:
    lmtp.mail("mia@example.com")
    for address in ("support@example.com", "support+a@example.com"):
        lmtp.rcpt(address)
    lmtp.docmd("DATA")
    lmtp.send(mail() + b".\r\n")
    assert [lmtp.getreply()[0] for _recipient in range(2)] == [250, 250]
    assert InboundEmail.objects.count() == 1


def test_a_mail_over_the_limit_is_refused_to_each_recipient(lmtp: smtplib.LMTP) -> None:
    lmtp.mail("mia@example.com")
    for address in ("support@example.com", "support+a@example.com"):
        lmtp.rcpt(address)
    lmtp.docmd("DATA")
    lmtp.send(mail("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * (LIMIT // 70)) + b".\r\n")
    assert [lmtp.getreply()[0] for _recipient in range(2)] == [552, 552]
    assert lmtp.noop()[0] == 250


def test_lmtp_needs_its_own_greeting(lmtp: smtplib.LMTP) -> None:
    assert lmtp.docmd("EHLO", "example.com")[0] == 500


def test_after_no_accepted_recipient_there_is_no_content(lmtp: smtplib.LMTP) -> None:
    lmtp.mail("mia@example.com")
    assert lmtp.rcpt("nobody@example.com")[0] == 550
    assert lmtp.docmd("DATA")[0] == 503


def test_without_a_database_every_recipient_is_asked_to_come_back(
    lmtp: smtplib.LMTP, caplog: pytest.LogCaptureFixture
) -> None:
    lmtp.mail("mia@example.com")
    for address in ("support@example.com", "support+a@example.com"):
        assert lmtp.rcpt(address)[0] == 250
    working = connections.settings["default"]["PORT"]
    connections.settings["default"]["PORT"] = "1"
    try:
        lmtp.docmd("DATA")
        lmtp.send(mail() + b".\r\n")
        codes = [lmtp.getreply()[0] for _recipient in range(2)]
    finally:
        connections.settings["default"]["PORT"] = working
    assert codes == [451, 451]
    assert not InboundEmail.objects.exists()
    assert [record.exc_info for record in caplog.records if record.name.startswith("email_inbox")] == [None]
