"""Each mail is stored before it is understood, once, and becomes a ticket or a listed exception."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from agents.models import Brand
from email_inbox import intake
from email_inbox.models import InboundEmail, InboundState, Mailbox, RawEmail, Source
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.corpus import NAMES, raw_mail
from tests.email_inbox.mails import mail
from tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db


def test_a_mail_opens_a_ticket_with_its_words_and_files(deliver: Deliver, brand: Brand) -> None:
    inbound = deliver(raw_mail("mixed"))
    ticket = Ticket.objects.get(inbound_emails=inbound)
    assert inbound.state == InboundState.PROCESSED
    assert (ticket.subject, ticket.channel, ticket.brand) == ("A question", "email", brand)
    message = ticket.messages.get()
    assert message.text == "The plain words"
    assert str(message.customer) == "Mia Chen"
    assert [file.name for file in Attachment.objects.filter(message=message)] == ["r.pdf"]


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_of_the_corpus_is_accounted_for_with_its_original(name: str, deliver: Deliver) -> None:
    raw = raw_mail(name)
    inbound = deliver(raw)
    assert inbound.state in (InboundState.PROCESSED, InboundState.QUARANTINED)
    assert inbound.ticket_id or inbound.reason
    assert inbound.original == raw
    assert inbound.sha256 == hashlib.sha256(raw).hexdigest()


def test_a_mail_without_subject_is_listed_under_its_first_words(deliver: Deliver) -> None:
    inbound = deliver(mail("Please call me back", subject=""))
    assert Ticket.objects.get(inbound_emails=inbound).subject == "Please call me back"


def test_a_mail_that_names_nobody_is_quarantined_with_the_reason(deliver: Deliver) -> None:
    inbound = deliver(raw_mail("from-none"))
    assert inbound.state == InboundState.QUARANTINED
    assert "no sender" in inbound.reason
    assert not Ticket.objects.exists()


def test_mail_from_our_own_mailbox_never_starts_a_conversation_with_ourselves(deliver: Deliver) -> None:
    inbound = deliver(mail(sender="Support+x@Example.com"))
    assert inbound.state == InboundState.QUARANTINED
    assert not Ticket.objects.exists()


def test_an_automatic_reply_is_listed_and_opens_nothing(deliver: Deliver) -> None:
    inbound = deliver(raw_mail("auto-reply"))
    assert inbound.state == InboundState.QUARANTINED
    assert not Ticket.objects.exists()


def test_the_same_mail_over_another_way_is_one_message(deliver: Deliver) -> None:
    raw = mail()
    first = deliver(raw)
    again = deliver(b"Received: by mx2.example; Tue, 3 Nov 2026\r\n" + raw)
    unix = deliver(raw.replace(b"\r\n", b"\n"))
    assert Message.objects.count() == 1
    assert (again.state, again.duplicate_of_id) == (InboundState.IGNORED, first.pk)
    assert unix.duplicate_of_id == first.pk
    assert again.original != raw  # its own bytes are kept, since they differ


def test_a_repetition_byte_for_byte_keeps_one_original(deliver: Deliver) -> None:
    raw = mail()
    deliver(raw)
    again = deliver(raw)
    assert RawEmail.objects.count() == 1
    assert again.original == raw


def test_another_mail_with_a_stolen_message_id_is_not_lost(deliver: Deliver) -> None:
    deliver(mail("I was first", message_id="<same@mail.example>", sender="eve@example.net"))
    deliver(mail("The real one", message_id="<same@mail.example>"))
    assert sorted(Message.objects.values_list("text", flat=True)) == ["I was first", "The real one"]


def test_two_people_without_message_id_and_date_are_told_apart_by_their_way(deliver: Deliver) -> None:
    body = b"From: web@example.com\r\nSubject: Call me\r\n\r\nPlease call me.\r\n"
    deliver(b"Received: from a; Tue, 3 Nov 2026 10:00:00\r\n" + body)
    deliver(b"Received: from b; Tue, 3 Nov 2026 11:00:00\r\n" + body)
    assert Ticket.objects.count() == 2


def test_one_mail_to_two_mailboxes_arrives_in_both(deliver: Deliver, brand: Brand) -> None:
    sales = Mailbox.objects.create(address="sales@example.com", brand=brand)
    raw = mail()
    deliver(raw)
    assert deliver(raw, to=sales).state == InboundState.PROCESSED


@pytest.mark.django_db(transaction=True)
def test_twenty_deliveries_at_the_same_moment_are_one_message(mailbox: Mailbox) -> None:
    raw, start = mail(), threading.Barrier(20)

    def arrive(_number: int) -> str:
        start.wait()
        try:
            inbound = intake.receive(raw, mailbox, Source.SMTP)
            intake.process(inbound.pk)
            return inbound.state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        states = list(pool.map(arrive, range(20)))
    assert states.count(InboundState.IGNORED) == 19
    assert Message.objects.count() == 1
    assert InboundEmail.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_cannot_be_handled_is_failed_and_does_not_block_the_next(
    mailbox: Mailbox, settings: Any, tmp_path: Any
) -> None:
    blocked = tmp_path / "file-in-the-way"
    blocked.write_text("")
    settings.MEDIA_ROOT = blocked  # attachments cannot be written
    poison = intake.receive(raw_mail("mixed"), mailbox, Source.SMTP)
    intake.process(poison.pk)
    following = intake.receive(mail(), mailbox, Source.SMTP)
    intake.process(following.pk)
    poison.refresh_from_db()
    following.refresh_from_db()
    assert poison.state == InboundState.FAILED
    assert poison.reason
    assert poison.original == raw_mail("mixed")
    assert following.state == InboundState.PROCESSED
    assert Message.objects.count() == 1  # nothing half-made was left


@pytest.mark.django_db(transaction=True)
def test_what_a_crash_left_unprocessed_the_tick_processes(mailbox: Mailbox) -> None:
    inbound = intake.receive(mail(), mailbox, Source.SMTP)
    assert intake.process_waiting() == 0  # its own process may be at it
    assert intake.process_waiting(now=timezone.now() + timedelta(seconds=10)) == 1
    inbound.refresh_from_db()
    assert inbound.state == InboundState.PROCESSED


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_kills_its_process_again_and_again_is_set_aside(mailbox: Mailbox) -> None:
    inbound = intake.receive(mail(), mailbox, Source.SMTP)
    InboundEmail.objects.filter(pk=inbound.pk).update(attempts=intake.MOST_ATTEMPTS)
    intake.process_waiting(now=timezone.now() + timedelta(seconds=10))
    inbound.refresh_from_db()
    assert inbound.state == InboundState.FAILED


def test_no_list_of_the_ledger_loads_originals(deliver: Deliver, django_assert_num_queries: Any) -> None:
    deliver(mail())
    with django_assert_num_queries(1) as seen:
        list(InboundEmail.objects.all())
    assert "email_inbox_rawemail" not in seen.captured_queries[0]["sql"]
    assert connection.vendor == "postgresql"
