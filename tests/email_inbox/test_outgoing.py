"""Passing a message on, and writing to a customer first."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.core.files.base import ContentFile
from django.utils import timezone

from agents.models import Agent
from core.errors import Conflict, Invalid
from email_inbox.delivery import deliver_due
from email_inbox.models import InboundState, Mailbox, OutboundEmail, ParticipantKind
from email_inbox.outgoing import (
    Recipients,
    forward_message,
    new_key,
    take_back_forward,
    waiting_forwards,
    write_first,
)
from email_inbox.participants import copied
from email_inbox.pending import on_the_desk, post_due, take_back
from email_inbox.tokens import reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.actions import post_reply, save_draft
from tickets.content import NewAttachment, NewMessage
from tickets.models import Attachment, Delivery, Direction, Draft, DraftKind, Message, Ticket, Visibility

pytestmark = pytest.mark.django_db

EXPERT = Recipients(to=("expert@example.net",))


@pytest.fixture
def first(deliver: Deliver) -> Message:
    message = deliver(mail("Is this mould?")).message
    assert message is not None
    picture = Attachment(message=message, name="mould.txt", content_type="text/plain", size=3, sha256="0" * 64)
    picture.file.save("", ContentFile(b"abc"), save=False)
    picture.save()
    return message


def test_a_forward_carries_the_words_the_message_and_its_files(first: Message, ana: Agent) -> None:
    words = NewMessage("What do you think?", attachments=(NewAttachment("own.txt", b"x"),))
    note = forward_message(ana, first, EXPERT, words, files=first.attachments.all())
    deliver_due()
    (sent,) = outbox.outbox
    assert (sent.to, sent.subject) == (["expert@example.net"], "Fwd: My parcel")
    assert "What do you think?" in sent.body
    assert "> Is this mould?" in sent.body
    assert sorted(attached[0] for attached in sent.attachments) == ["mould.txt", "own.txt"]
    note.refresh_from_db()
    assert (note.visibility, note.direction, note.delivery) == (Visibility.PRIVATE, Direction.INTERNAL, Delivery.SENT)


def test_a_forward_answers_nobody(first: Message, ana: Agent) -> None:
    forward_message(ana, first, EXPERT, NewMessage("Look"))
    ticket = Ticket.objects.get()
    assert (ticket.first_response_at, ticket.assignee, copied(ticket)) == (None, None, [])


def test_whom_it_was_forwarded_to_may_answer_and_is_not_copied(first: Message, ana: Agent, deliver: Deliver) -> None:
    forward_message(ana, first, EXPERT, NewMessage("Look"))
    ticket = first.ticket
    assert ticket.participants.get().kind == ParticipantKind.FORWARD
    to = reply_address("support@example.com", ticket.public_id)
    assert deliver(mail("It is mould", sender="expert@example.net", to=to)).state == InboundState.PROCESSED
    post_reply(ana, ticket.pk, NewMessage("It is mould, sorry."))
    outbound = OutboundEmail.objects.filter(message__direction=Direction.OUTBOUND).get()
    assert (outbound.to, outbound.cc) == ("mia@example.com", [])


def test_a_double_click_forwards_once_and_keeps_the_note_under_way(first: Message, ana: Agent) -> None:
    save_draft(ana, first.ticket, DraftKind.NOTE, "my thoughts")
    for _ in range(2):
        forward_message(ana, first, EXPERT, NewMessage("Look", client_id="one"))
    assert OutboundEmail.objects.count() == 1
    assert Draft.objects.get(agent=ana).text == "my thoughts"


def test_a_forward_to_nobody_is_refused(first: Message, ana: Agent) -> None:
    with pytest.raises(Invalid):
        forward_message(ana, first, Recipients(to=()), NewMessage("Look"))
    assert Message.objects.count() == 1


def test_a_mail_of_ours_opens_a_ticket_and_its_answer_comes_back(
    mailbox: Mailbox, ana: Agent, deliver: Deliver
) -> None:
    sales = Mailbox.objects.create(address="sales@example.com", name="Acme Sales", brand=mailbox.brand)
    recipients = Recipients(to=("new@example.org",), cc=("boss@example.org",))
    ticket = write_first(ana, sales, recipients, "Your quote", NewMessage("Here it is."), key=new_key())
    deliver_due()
    (sent,) = outbox.outbox
    assert (sent.subject, sent.to, sent.cc) == ("Your quote", ["new@example.org"], ["boss@example.org"])
    assert "sales@example.com" in sent.from_email
    assert (ticket.channel, ticket.messages.get().direction) == ("email", Direction.OUTBOUND)
    answer = deliver(
        mail("Thanks", sender="new@example.org", to=reply_address(sales.address, ticket.public_id)), to=sales
    )
    assert answer.ticket_id == ticket.pk
    post_reply(ana, ticket.pk, NewMessage("Welcome"))
    assert set(OutboundEmail.objects.values_list("mailbox", flat=True)) == {sales.pk}


def test_the_mailbox_we_wrote_from_stays_before_the_first_answer(mailbox: Mailbox, ana: Agent) -> None:
    sales = Mailbox.objects.create(address="sales@example.com", brand=mailbox.brand)
    ticket = write_first(ana, sales, Recipients(("new@example.org",)), "Quote", NewMessage("1"), key=new_key())
    post_reply(ana, ticket.pk, NewMessage("2"))
    assert set(OutboundEmail.objects.values_list("mailbox", flat=True)) == {sales.pk}


def test_a_forward_that_is_taken_back_never_leaves_and_gives_nobody_a_part(first: Message, ana: Agent) -> None:
    note = forward_message(ana, first, EXPERT, NewMessage("Look"), may_undo=True)
    deliver_due()
    assert not outbox.outbox
    (waiting,) = waiting_forwards(first.ticket)
    take_back_forward(ana, first.ticket, waiting.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        deliver_due()
    assert not outbox.outbox
    assert not first.ticket.participants.exists()
    assert Message.objects.get(pk=note.pk).visibility == Visibility.PRIVATE
    with pytest.raises(Conflict):
        take_back_forward(ana, first.ticket, waiting.pk)


def test_a_forward_leaves_when_its_seconds_are_over_and_cannot_be_taken_back_then(first: Message, ana: Agent) -> None:
    forward_message(ana, first, EXPERT, NewMessage("Look"), may_undo=True)
    (waiting,) = waiting_forwards(first.ticket)
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        deliver_due()
        assert len(outbox.outbox) == 1
        with pytest.raises(Conflict):
            take_back_forward(ana, first.ticket, waiting.pk)
    assert first.ticket.participants.exists()


def test_who_had_a_part_before_keeps_it_when_a_forward_is_taken_back(first: Message, ana: Agent) -> None:
    forward_message(ana, first, EXPERT, NewMessage("Look"))
    forward_message(ana, first, EXPERT, NewMessage("Look again"), may_undo=True)
    take_back_forward(ana, first.ticket, waiting_forwards(first.ticket).get().pk)
    assert first.ticket.participants.get().address == "expert@example.net"


def test_a_first_mail_that_is_taken_back_is_the_draft_of_its_ticket_and_leaves_from_the_same_mailbox(
    mailbox: Mailbox, ana: Agent
) -> None:
    sales = Mailbox.objects.create(address="sales@example.com", brand=mailbox.brand)
    to = Recipients(("new@example.org",), bcc=("boss@example.org",))
    ticket = write_first(ana, sales, to, "Quote", NewMessage("Hre it is"), key=new_key(), may_undo=True)
    post_due()
    assert not OutboundEmail.objects.exists()
    assert (ticket.assignee, ticket.messages.count()) == (ana, 0)
    ((pending,), _none) = on_the_desk(ana, ticket)
    taken = take_back(ana, ticket, pending.pk)
    assert (taken.text, taken.bcc) == ("Hre it is", ["boss@example.org"])
    assert Draft.objects.get(agent=ana, ticket=ticket).text == "Hre it is"
    post_reply(ana, ticket.pk, NewMessage("Here it is"))
    sent = OutboundEmail.objects.get()
    assert (sent.mailbox, sent.subject, sent.to) == (sales, "Quote", "new@example.org")


def test_a_first_mail_leaves_when_its_seconds_are_over(mailbox: Mailbox, ana: Agent) -> None:
    ticket = write_first(
        ana, mailbox, Recipients(("new@example.org",)), "Quote", NewMessage("Here"), key=new_key(), may_undo=True
    )
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        post_due()
        deliver_due()
    (sent,) = outbox.outbox
    assert (sent.subject, sent.to) == ("Quote", ["new@example.org"])
    assert ticket.messages.get().direction == Direction.OUTBOUND


def test_a_form_sent_twice_opens_one_ticket(mailbox: Mailbox, ana: Agent) -> None:
    key = new_key()
    tickets = {
        write_first(ana, mailbox, Recipients(("a@example.org",)), "Hi", NewMessage("Hi"), key=key).pk for _ in range(2)
    }
    assert len(tickets) == Ticket.objects.count() == OutboundEmail.objects.count() == 1


def test_what_is_missing_is_said_and_opens_nothing(mailbox: Mailbox, ana: Agent) -> None:
    to, words = Recipients(("a@example.org",)), NewMessage("Hi")
    for given in (
        (Recipients(()), "Hi", words, new_key()),
        (to, " ", words, new_key()),
        (to, "Hi", NewMessage(" "), new_key()),
        (to, "Hi", words, "made up"),
    ):
        with pytest.raises(Invalid):
            write_first(ana, mailbox, given[0], given[1], given[2], key=given[3])
    mailbox.is_active = False
    with pytest.raises(Conflict):
        write_first(ana, mailbox, to, "Hi", words, key=new_key())
    assert not Ticket.objects.exists()
