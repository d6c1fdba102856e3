from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import Agent, Brand
from core.errors import Conflict, Invalid, NotFound, TooLarge
from crm.models import Customer
from tests import factories
from tests.channel import NotebookChannel
from tickets.actions import change_status, post_customer_message, post_note, post_reply, set_delivery, snooze_ticket
from tickets.content import NewAttachment, NewMessage
from tickets.models import Delivery, EventKind, Message, SlaOutcome, Status, Ticket

pytestmark = pytest.mark.django_db


def kinds(ticket: Ticket) -> list[str]:
    return [line.kind for line in ticket.history.all()]


def test_a_new_ticket_holds_the_first_message_and_says_so_in_its_history(ticket: Ticket) -> None:
    message = ticket.messages.get()
    assert (message.seq, message.text, ticket.status) == (1, "Where is it?", Status.NEW)
    assert kinds(ticket) == [EventKind.OPENED]
    ticket.refresh_from_db()
    assert ticket.excerpt == "Where is it?"
    assert ticket.waiting_since == message.created_at


def test_a_reply_takes_the_ticket_opens_it_and_leaves_by_its_channel(
    ana: Agent, ticket: Ticket, notebook: NotebookChannel
) -> None:
    reply = post_reply(ana, ticket.pk, NewMessage("On its way."))
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status, ticket.waiting_since) == (ana, Status.OPEN, None)
    assert ticket.first_response_at == reply.created_at
    assert notebook.enqueued == [reply]
    assert reply.delivery == Delivery.QUEUED


def test_a_reply_can_set_the_status_with_it(ana: Agent, ticket: Ticket) -> None:
    post_reply(ana, ticket.pk, NewMessage("All done."), status=Status.SOLVED)
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED
    assert ticket.solved_at is not None


def test_a_reply_that_cannot_leave_changes_nothing(ana: Agent, ticket: Ticket, notebook: NotebookChannel) -> None:
    notebook.blocked = True
    with pytest.raises(Conflict, match="notebook is full"):
        post_reply(ana, ticket.pk, NewMessage("Hello?"))
    ticket.refresh_from_db()
    assert (ticket.last_seq, ticket.assignee, ticket.status) == (1, None, Status.NEW)


def test_a_note_is_private_and_changes_neither_excerpt_nor_status(ana: Agent, ticket: Ticket) -> None:
    note = post_note(ana, ticket.pk, NewMessage("Careful: angry."))
    ticket.refresh_from_db()
    assert not note.is_public
    assert (ticket.excerpt, ticket.status, ticket.last_seq) == ("Where is it?", Status.NEW, 2)


@pytest.mark.parametrize("status", [Status.PENDING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED])
def test_the_customers_answer_opens_a_waiting_or_finished_ticket(
    ana: Agent, mia: Customer, ticket: Ticket, status: Status
) -> None:
    change_status(ana, ticket.pk, status)
    factories.says(mia, ticket, "One more thing")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.solved_at, ticket.closed_at) == (Status.OPEN, None, None)


def test_the_customers_answer_ends_a_snooze(ana: Agent, mia: Customer, ticket: Ticket) -> None:
    snooze_ticket(ana, ticket.pk, timezone.now() + timedelta(days=1))
    factories.says(mia, ticket, "Hello?")
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


def test_the_same_client_id_is_the_same_message(ana: Agent, mia: Customer, ticket: Ticket) -> None:
    first = factories.says(mia, ticket, "Hi", client_id="c1")
    again = factories.says(mia, ticket, "Hi, a retry that changed its mind", client_id="c1")
    reply = post_reply(ana, ticket.pk, NewMessage("Hello", client_id="a1"))
    reply_again = post_reply(ana, ticket.pk, NewMessage("Hello", client_id="a1"))
    assert (first, reply) == (again, reply_again)
    assert ticket.messages.count() == 3


def test_an_empty_message_is_refused_in_words(ana: Agent, ticket: Ticket) -> None:
    for text in ("", "  \n\t ", "\x00"):
        with pytest.raises(Invalid, match="nothing to send"):
            post_reply(ana, ticket.pk, NewMessage(text))


def test_a_text_beyond_the_channels_limit_is_refused_and_nothing_is_written(ana: Agent, ticket: Ticket) -> None:
    with pytest.raises(TooLarge, match="1,001 characters"):
        post_reply(ana, ticket.pk, NewMessage("x" * 1001))
    with pytest.raises(TooLarge):
        post_note(ana, ticket.pk, NewMessage("x" * 1_000_000))
    assert ticket.messages.count() == 1


def test_a_file_beyond_the_limit_is_refused_by_name(ana: Agent, ticket: Ticket) -> None:
    huge = NewAttachment(name="film.mov", content=b"\0" * (30 * 1024 * 1024))
    with pytest.raises(TooLarge, match=r"film\.mov.*30.*25"):
        post_reply(ana, ticket.pk, NewMessage("See attached", attachments=(huge,)))
    assert ticket.messages.count() == 1


def test_hostile_text_is_stored_harmlessly(mia: Customer, ticket: Ticket) -> None:
    message = factories.says(mia, ticket, "a\x00b\ud800c\r\nd\x1b[31m")
    message.refresh_from_db()
    assert message.text == "ab\ufffdc\nd[31m"


def test_files_are_kept_under_names_of_ours_with_what_they_are(mia: Customer, ticket: Ticket) -> None:
    evil = NewAttachment(name="../../etc/passwd\u202e.png", content=b"<script>", content_type="image/png")
    message = factories.says(mia, ticket, "", attachments=(evil,))
    attachment = message.attachments.get()
    assert attachment.name == ".._.._etc_passwd.png"
    assert attachment.content_type == "application/octet-stream"
    assert re.fullmatch(r"attachments/\w\w/\w\w/\w{16}", str(attachment.file))
    assert attachment.file.open().read() == b"<script>"


def test_an_unknown_status_is_refused_with_the_reply(ana: Agent, ticket: Ticket) -> None:
    with pytest.raises(Invalid, match="no status called"):
        post_reply(ana, ticket.pk, NewMessage("Bye"), status="<b>gone</b>")
    assert ticket.messages.count() == 1


def test_a_failed_delivery_is_a_line_in_the_history_once(ana: Agent, ticket: Ticket) -> None:
    reply = post_reply(ana, ticket.pk, NewMessage("Hello"))
    set_delivery(reply, Delivery.FAILED, error="550 no such user")
    set_delivery(reply, Delivery.FAILED, error="550 no such user")
    reply.refresh_from_db()
    assert (reply.delivery, reply.delivery_error) == (Delivery.FAILED, "550 no such user")
    assert kinds(ticket).count(EventKind.DELIVERY) == 1


def test_writing_to_a_ticket_that_is_not_there_is_not_found(ana: Agent) -> None:
    with pytest.raises(NotFound):
        post_note(ana, 987654321, NewMessage("hello"))


def test_answering_in_time_meets_the_first_response_target(ana: Agent, ticket: Ticket) -> None:
    post_reply(ana, ticket.pk, NewMessage("Hello"))
    assert ticket.sla_timers.get().outcome == SlaOutcome.MET


@pytest.mark.django_db(transaction=True)
def test_message_numbers_have_no_gap_and_no_double_under_concurrent_writers(
    mia: Customer, brand: Brand, notebook: NotebookChannel
) -> None:
    ticket = factories.ticket(mia, brand, channel=notebook.key)
    start = threading.Barrier(8)

    def write(writer: int) -> None:
        try:
            start.wait()
            for number in range(10):
                # Every second id is shared by all writers: those must become one message each.
                client_id = f"shared-{number}" if number % 2 else f"{writer}-{number}"
                post_customer_message(
                    ticket.pk, customer=mia, channel="notebook", message=NewMessage("hi", client_id=client_id)
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    numbers = list(Message.objects.filter(ticket=ticket).values_list("seq", flat=True))
    assert numbers == list(range(1, 1 + 1 + 8 * 5 + 5))
    ticket.refresh_from_db()
    assert ticket.last_seq == numbers[-1]
