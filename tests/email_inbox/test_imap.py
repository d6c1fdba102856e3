"""Fetching from a real IMAP server: every mail once, whatever breaks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.secrets import Secret
from core.work import claim
from email_inbox import fetching, intake
from email_inbox.fetching import LEASE, active_accounts, fetch
from email_inbox.imap import NotFetched, open_session
from email_inbox.models import (
    AfterFetch,
    FetchedMail,
    InboundEmail,
    InboundState,
    MailAccount,
    Mailbox,
    Security,
    Source,
)
from tests.email_inbox.imap_server import PASSWORD, USER, ImapServer, numbered
from tests.email_inbox.mails import mail
from tests.live import ROOT, new_live_app
from tickets.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., ImapServer]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[ImapServer] = []

    def start_server(**options: Any) -> ImapServer:
        servers.append(ImapServer(**options).start())
        return servers[-1]

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture
def account(mailbox: Mailbox) -> MailAccount:
    """Without a server yet: `at(server)` gives it its port."""
    account: MailAccount = MailAccount.objects.create(
        mailbox=mailbox,
        host="127.0.0.1",
        port=1,
        security=Security.NONE,
        user=USER,
        password=Secret.of(PASSWORD),
    )
    return account


def at(account: MailAccount, server: ImapServer, **changes: Any) -> None:
    MailAccount.objects.filter(pk=account.pk).update(port=server.port, **changes)


def look(*, process: bool = True) -> MailAccount:
    """One run of the account, as if it were due and every lease had run out."""
    MailAccount.objects.update(due_at=timezone.now(), lease_until=None)
    (account,) = claim(active_accounts(), limit=1, lease=LEASE, now=timezone.now())
    run = fetch(account)
    for pk in run.ids if process else ():
        intake.process(pk)
    account.refresh_from_db()
    return account


def test_a_mail_on_the_server_becomes_a_message_and_is_then_marked_as_read(start: Start, account: MailAccount) -> None:
    server = start()
    server.append(mail("Where is my parcel?"))
    at(account, server)
    assert look().last_error == ""
    assert Message.objects.get().text == "Where is my parcel?"
    assert InboundEmail.objects.get().source == Source.IMAP
    assert [b"\\Seen" in flags for flags in server.flags().values()] == [True]


def test_what_is_stored_is_what_lies_on_the_server(start: Start, account: MailAccount) -> None:
    raw = b"From: a@example.com\r\nSubject: bytes\r\n\r\n\xff\xfe 8-bit, {12}\r\n) odd\r\n" + b"x" * 9000 + b"\r\n"
    server = start()
    server.append(raw)
    at(account, server)
    look()
    assert InboundEmail.objects.get().original == raw


def test_a_mail_that_somebody_has_read_already_is_fetched_all_the_same(start: Start, account: MailAccount) -> None:
    server = start()
    server.append(mail())
    with server.client() as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(["ALL"]), [b"\\Seen"])
    at(account, server)
    look()
    assert Message.objects.count() == 1


def test_a_second_look_brings_what_is_new_and_nothing_else(start: Start, account: MailAccount) -> None:
    server = start()
    server.append(*(numbered(number) for number in range(3)))
    at(account, server)
    look()
    server.append(numbered(3))
    look()
    assert look().last_uid == MailAccount.objects.get().last_uid
    assert InboundEmail.objects.count() == Message.objects.count() == 4
    assert sorted(Message.objects.values_list("text", flat=True)) == [f"Question {number}" for number in range(4)]


@pytest.mark.slow
def test_five_thousand_mails_come_once_and_in_order(start: Start, account: MailAccount) -> None:
    server = start(INBOX=5000)
    at(account, server)
    while look(process=False).reconciled_at is None:
        assert MailAccount.objects.get().last_error == ""
    mails = InboundEmail.objects.order_by("received_at")
    assert [one.subject for one in mails] == [f"Question {number}" for number in range(5000)]
    found = MailAccount.objects.get()
    assert (found.server_count, found.our_count, found.alarm) == (5000, 5000, "")


def test_after_a_uidvalidity_change_everything_is_looked_at_anew_and_nothing_doubled(
    start: Start, account: MailAccount
) -> None:
    first = start(INBOX=60)
    at(account, first)
    before = look()
    first.stop()
    second = start(port=first.port, INBOX=61)
    after = look()
    assert after.uidvalidity != before.uidvalidity
    assert Message.objects.count() == 61
    assert InboundEmail.objects.filter(duplicate_of__isnull=True).count() == 61
    assert (after.server_count, after.our_count, after.alarm) == (61, 61, "")
    assert len(second.flags()) == 61


def test_a_fetcher_killed_between_fetch_and_commit_costs_nothing(
    start: Start, account: MailAccount, tmp_path: Path
) -> None:
    """The killed process has the mails in its hands and waits to write them: the table is locked."""
    server = start(INBOX=30)
    at(account, server)
    app = new_live_app(tmp_path)
    command = [sys.executable, "manage.py", "fetch_mail"]
    with locked_ledger():
        fetcher = subprocess.Popen(command, cwd=ROOT, env=app._environment(), start_new_session=True)
        try:
            wait_for_a_writer_that_waits()
        finally:
            os.killpg(fetcher.pid, signal.SIGKILL)
            fetcher.wait(10)
    assert not InboundEmail.objects.exists()
    assert not any(b"\\Seen" in flags for flags in server.flags().values())
    done = subprocess.run(command, cwd=ROOT, env=app._environment(), capture_output=True, text=True, timeout=60)
    assert "is being fetched just now" in done.stdout  # the dead one's lease still holds
    look()
    assert InboundEmail.objects.count() == Message.objects.count() == 30


@contextmanager
def locked_ledger() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE email_inbox_inboundemail IN SHARE MODE")
        yield


def wait_for_a_writer_that_waits() -> None:
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while True:
            # Of this database: the other test workers share the server.
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE NOT granted AND datname = current_database()"
                " AND relation = 'email_inbox_inboundemail'::regclass"
            )
            if cursor.fetchone()[0]:
                return
            assert time.monotonic() < deadline, "nobody tried to write"
            time.sleep(0.05)


def test_a_crash_after_the_commit_leaves_only_the_marking_to_be_done(start: Start, account: MailAccount) -> None:
    server = start(INBOX=5)
    at(account, server, after_fetch=AfterFetch.NOTHING)
    look()
    MailAccount.objects.update(after_fetch=AfterFetch.SEEN)
    FetchedMail.objects.update(is_tidied=False)  # as a process leaves them that dies after its commit
    look()
    assert all(b"\\Seen" in flags for flags in server.flags().values())
    assert InboundEmail.objects.count() == 5


def test_a_fetcher_that_has_lost_its_lease_writes_nothing(start: Start, account: MailAccount) -> None:
    at(account, start(INBOX=5))
    (late,) = claim(active_accounts(), limit=1, lease=timedelta(seconds=-1), now=timezone.now())
    claim(active_accounts(), limit=1, lease=LEASE, now=timezone.now())
    fetch(late)
    assert not InboundEmail.objects.exists()
    assert MailAccount.objects.get().last_uid == 0


def test_a_server_that_is_away_is_asked_less_and_less_and_all_is_there_when_it_is_back(
    start: Start, account: MailAccount
) -> None:
    server = start(INBOX=2)
    at(account, server)
    look()
    server.stop()
    first, second = look(), look()
    assert first.last_error == "Nothing answers at this server and port."
    assert second.attempts == 2
    assert second.due_at > timezone.now() + timedelta(seconds=10)
    assert not fetching.start_due()  # it is not due
    start(port=server.port, INBOX=4)
    back = look()
    assert (back.attempts, back.last_error) == (0, "")
    assert Message.objects.count() == 4


def test_a_wrong_password_is_said_in_words_that_do_not_contain_it(
    start: Start, account: MailAccount, caplog: pytest.LogCaptureFixture
) -> None:
    at(account, start(), password=Secret.of("not-the-word"))
    with caplog.at_level("DEBUG"):
        found = look()
    assert found.last_error.startswith("The server refused the user name or the password")
    assert found.due_at > timezone.now()
    assert "not-the-word" not in found.last_error + caplog.text
    assert not InboundEmail.objects.exists()


def test_a_folder_that_is_not_there_is_named(start: Start, account: MailAccount) -> None:
    at(account, start(), folder="Support")
    assert look().last_error == "There is no folder “Support” in this account."


def test_moved_mails_are_in_the_other_folder_and_fetched_once(start: Start, account: MailAccount) -> None:
    server = start(INBOX=7, Done=0)
    at(account, server, after_fetch=AfterFetch.MOVE, move_to="Done")
    look()
    server.append(numbered(7))
    look()
    assert (len(server.flags()), len(server.flags("Done"))) == (0, 8)
    assert Message.objects.count() == 8


def test_deleted_mails_are_gone_after_they_are_stored_and_others_marks_stay(start: Start, account: MailAccount) -> None:
    server = start(INBOX=3)
    at(account, server, after_fetch=AfterFetch.DELETE)
    look()
    assert not server.flags()
    assert Message.objects.count() == 3


def test_a_folder_to_move_to_that_is_missing_hinders_no_mail(start: Start, account: MailAccount) -> None:
    server = start(INBOX=60)
    at(account, server, after_fetch=AfterFetch.MOVE, move_to="Nowhere")
    assert "left as they are" in look().last_error
    server.append(numbered(60))
    look()
    assert Message.objects.count() == 61
    with server.client() as client:
        client.create_folder("Nowhere")
    for _time in range(2):
        assert look().last_error == ""
    assert len(server.flags("Nowhere")) == 61


def test_a_poisonous_mail_is_stored_and_blocks_nobody(start: Start, account: MailAccount) -> None:
    poison = [
        b"",
        b"\x00" * 50,
        b"From: \xff\x00@\r\n\r\n\x00",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
    ]
    server = start()
    server.append(*poison[1:], mail("Still here?"))
    at(account, server)
    assert look().last_error == ""
    assert InboundEmail.objects.count() == 4
    assert not InboundEmail.objects.filter(state=InboundState.RECEIVED).exists()
    assert Message.objects.filter(text="Still here?").exists()


def test_a_mail_over_the_limit_stays_on_the_server_and_is_shown(
    start: Start, account: MailAccount, settings: Any
) -> None:
    settings.EMAIL_MAX_BYTES = 5000
    server = start()
    server.append(mail("x" * 6000, subject="Huge"), mail("Small"))
    at(account, server, after_fetch=AfterFetch.DELETE)
    look()
    huge = InboundEmail.objects.get(subject="Huge")
    assert huge.state == InboundState.QUARANTINED
    assert "left on the server" in huge.reason
    assert Message.objects.get().text == "Small"
    assert len(server.flags()) == 1
    assert MailAccount.objects.get().alarm == ""


def test_a_mail_that_was_missed_is_found_by_comparing(start: Start, account: MailAccount) -> None:
    at(account, start(INBOX=5))
    look()
    lost = InboundEmail.objects.get(subject="Question 2")
    FetchedMail.objects.filter(inbound=lost).delete()
    lost.delete()
    MailAccount.objects.update(reconciled_at=timezone.now() - fetching.COMPARE_EVERY * 2)
    found = look()
    assert InboundEmail.objects.filter(subject="Question 2").count() == 1
    assert (found.server_count, found.our_count, found.alarm) == (5, 5, "")


def test_one_slow_server_delays_no_other(start: Start, account: MailAccount, mailbox: Mailbox) -> None:
    """A listener that never says a word, and a good server: the tick returns at once, and the good one is fetched."""
    at(account, start(INBOX=3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        MailAccount.objects.create(
            mailbox=mailbox,
            host="127.0.0.1",
            port=silent.getsockname()[1],
            security=Security.NONE,
            user=USER,
            password=Secret.of(PASSWORD),
        )
        began = time.monotonic()
        assert fetching.start_due() == 2
        assert time.monotonic() - began < 2
        while Message.objects.count() < 3:
            assert time.monotonic() - began < 15
            time.sleep(0.05)
    for thread in threading.enumerate():
        if thread.name.startswith("fetch-"):
            thread.join(30)


def test_the_connection_is_cut_at_the_end_of_its_time(account: MailAccount) -> None:
    """A server that sends a byte now and then would otherwise hold a thread for ever."""

    def drip(server: socket.socket) -> None:
        peer, _address = server.accept()
        with peer:
            peer.sendall(b"* OK hello\r\n")
            try:
                while True:
                    peer.sendall(b"x")
                    time.sleep(0.1)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=[server], daemon=True).start()
        account.port = server.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(NotFetched), open_session(account, seconds=1):
            pass
    assert time.monotonic() - began < 10
