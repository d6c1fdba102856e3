"""Answers that wait: taken back in time, or gone exactly once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import Agent
from core.errors import Conflict, Invalid, TooLarge
from email_inbox.models import OutboundEmail, PendingFile, PendingReply, PendingState
from email_inbox.pending import hold_reply, on_the_desk, post_due, send_at_once, take_back
from email_inbox.replying import Copies
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.content import NewAttachment, NewMessage
from tickets.models import Draft, Status, Ticket

pytestmark = pytest.mark.django_db

SOON = timedelta(seconds=10)


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail()))


def hold(agent: Agent, ticket: Ticket, text: str = "Hello", *files: NewAttachment, **more: object) -> PendingReply:
    message = NewMessage(text, attachments=files, client_id="one")
    return hold_reply(agent, ticket, message, due_at=timezone.now() + SOON, **more)  # type: ignore[arg-type]


def test_nothing_leaves_and_nothing_changes_while_it_waits(ticket: Ticket, ana: Agent) -> None:
    hold(ana, ticket)
    post_due()
    ticket.refresh_from_db()
    assert (ticket.last_seq, ticket.status, ticket.first_response_at) == (1, Status.NEW, None)
    assert not OutboundEmail.objects.exists()


def test_when_its_time_has_come_it_is_an_answer_like_any_other(ticket: Ticket, ana: Agent) -> None:
    copies = Copies(cc=("lena@example.com",))
    pending = hold(ana, ticket, "Hello", NewAttachment("a.txt", b"abc"), copies=copies, status="solved")
    assert post_due(now=timezone.now() + SOON * 2) == 1
    outbound = OutboundEmail.objects.get(message__ticket=ticket)
    pending.refresh_from_db()
    assert (pending.state, pending.message_id) == (PendingState.SENT, outbound.message_id)
    assert outbound.cc == ["lena@example.com"]
    assert outbound.message is not None
    assert outbound.message.attachments.get().size == 3
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (Status.SOLVED, ana)
    assert not PendingFile.objects.exists()
    assert post_due(now=timezone.now() + SOON * 2) == 0


def test_taken_back_it_is_a_draft_again_and_never_leaves(ticket: Ticket, ana: Agent) -> None:
    pending = hold(ana, ticket, "Hello", NewAttachment("a.txt", b"abc"))
    take_back(ana, ticket, pending.pk)
    post_due(now=timezone.now() + SOON * 2)
    assert Draft.objects.get(agent=ana, ticket=ticket).text == "Hello"
    assert not OutboundEmail.objects.exists()
    waiting, kept = on_the_desk(ana, ticket)
    assert not waiting
    assert kept is not None
    hold_reply(ana, ticket, NewMessage("Better", client_id="two"), due_at=timezone.now(), again=kept)
    post_due()
    assert [file.name for file in ticket.messages.get(text="Better").attachments.all()] == ["a.txt"]


def test_words_written_since_stay_behind_those_that_come_back(ticket: Ticket, ana: Agent) -> None:
    pending = hold(ana, ticket)
    Draft.objects.create(agent=ana, ticket=ticket, kind="reply", text="And more")
    take_back(ana, ticket, pending.pk)
    assert Draft.objects.get(agent=ana, ticket=ticket).text == "Hello\n\nAnd more"


def test_what_has_left_cannot_be_taken_back(ticket: Ticket, ana: Agent) -> None:
    pending = hold(ana, ticket)
    send_at_once(ticket, pending.pk)
    with pytest.raises(Conflict):
        take_back(ana, ticket, pending.pk)
    assert ticket.messages.filter(text="Hello").count() == 1


def test_a_double_click_waits_once(ticket: Ticket, ana: Agent) -> None:
    assert hold(ana, ticket) == hold(ana, ticket)
    post_due(now=timezone.now() + SOON * 2)
    assert ticket.messages.count() == 2


def test_an_empty_answer_does_not_wait(ticket: Ticket, ana: Agent) -> None:
    with pytest.raises(Invalid):
        hold(ana, ticket, "  ")


def test_an_answer_that_is_too_long_to_be_sent_does_not_wait_either(ticket: Ticket, ana: Agent) -> None:
    with pytest.raises(TooLarge):
        hold(ana, ticket, "x" * 100_001)


def test_what_cannot_leave_any_more_stays_with_its_reason(ticket: Ticket, ana: Agent) -> None:
    pending = hold(ana, ticket)
    box = ticket.brand.mailboxes.get()
    box.is_active = False
    box.save()
    post_due(now=timezone.now() + SOON * 2)
    pending.refresh_from_db()
    assert pending.state == PendingState.FAILED
    assert "mailbox" in pending.last_error
    assert on_the_desk(ana, ticket) == ([pending], None)
    assert ticket.messages.count() == 1
    box.is_active = True
    box.save()
    send_at_once(ticket, pending.pk)
    assert ticket.messages.count() == 2


@pytest.mark.django_db(transaction=True)
def test_taking_back_at_the_last_moment_and_leaving_never_both_happen(ticket: Ticket, ana: Agent) -> None:
    outcomes = []
    for number in range(6):
        message = NewMessage(f"Answer {number}", client_id=str(number))
        pending = hold_reply(ana, ticket, message, due_at=timezone.now())
        together = threading.Barrier(2)

        def leave(together: threading.Barrier = together) -> None:
            together.wait()
            post_due()
            connection.close()

        worker = threading.Thread(target=leave)
        worker.start()
        together.wait()
        try:
            take_back(ana, ticket, pending.pk)
            taken = True
        except Conflict:
            taken = False
        worker.join()
        outcomes.append((taken, ticket.messages.filter(text=f"Answer {number}").exists()))
    assert all(taken != left for taken, left in outcomes)
