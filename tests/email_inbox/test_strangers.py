"""Somebody new with a reference that we signed: held, and an agent decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import Agent
from core.errors import Conflict, Invalid
from email_inbox.models import InboundEmail, InboundState, Mailbox, Participant
from email_inbox.participants import remove_participant
from email_inbox.strangers import decide, held_mails, set_apart_the_forgotten
from email_inbox.tokens import message_id, reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.actions import change_status, post_reply
from tickets.content import NewMessage
from tickets.models import EventKind, Status, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail(message_id="<first@mail.example>")))


def from_eve(ticket: Ticket, text: str = "Let me in", **fields: str) -> bytes:
    return mail(
        text,
        sender="Eve <Eve@example.net>",
        **({"to": reply_address("support@example.com", ticket.public_id)} | fields),
    )


@pytest.fixture
def held(deliver: Deliver, ticket: Ticket) -> InboundEmail:
    return deliver(from_eve(ticket))


@pytest.mark.parametrize("way", ["token", "message id"])
def test_a_stranger_with_a_signed_reference_is_held(way: str, deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    known = {}
    if way == "message id":
        reply = post_reply(ana, ticket.pk, NewMessage("On its way."))
        known = {"to": "support@example.com", "in_reply_to": f"<{message_id(reply.public_id, 'example.com')}>"}
    before = ticket.messages.count()
    inbound = deliver(from_eve(ticket, **known))
    assert (inbound.state, inbound.ticket_id, inbound.message_id) == (InboundState.HELD, ticket.pk, None)
    assert (Ticket.objects.count(), ticket.messages.count()) == (1, before)
    line = TicketEvent.objects.get(kind=EventKind.STRANGER)
    assert (line.ticket_id, line.data["what"], line.data["address"]) == (ticket.pk, "held", "Eve@example.net")
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None


def test_attached_it_becomes_a_message_of_whoever_wrote_it(held: InboundEmail, ticket: Ticket, ana: Agent) -> None:
    decide(ana, held.pk, ticket, "attach")
    message = ticket.messages.get(text="Let me in")
    held.refresh_from_db()
    assert (held.state, held.message_id, held.ticket_id) == (InboundState.PROCESSED, message.pk, ticket.pk)
    assert message.customer != ticket.customer
    assert not Participant.objects.exists()


def test_let_in_they_have_a_part_from_then_on(held: InboundEmail, ticket: Ticket, ana: Agent, deliver: Deliver) -> None:
    decide(ana, held.pk, ticket, "add")
    participant = Participant.objects.get(ticket=ticket)
    assert (participant.address, participant.name, participant.added_by) == ("eve@example.net", "Eve", ana)
    again = deliver(from_eve(ticket, "And another thing"))
    assert (again.state, again.ticket_id) == (InboundState.PROCESSED, ticket.pk)


def test_set_apart_it_is_a_ticket_of_its_own(held: InboundEmail, ticket: Ticket, ana: Agent) -> None:
    mail_now = decide(ana, held.pk, ticket, "separate")
    assert mail_now.ticket is not None
    assert mail_now.ticket != ticket
    assert mail_now.ticket.messages.get().text == "Let me in"
    assert not ticket.messages.filter(text="Let me in").exists()
    kinds = set(TicketEvent.objects.filter(kind=EventKind.STRANGER).values_list("ticket_id", "agent_id"))
    assert (ticket.pk, ana.pk) in kinds


def test_two_agents_who_decide_make_one_message(held: InboundEmail, ticket: Ticket, ana: Agent, leo: Agent) -> None:
    decide(ana, held.pk, ticket, "attach")
    with pytest.raises(Conflict):
        decide(leo, held.pk, ticket, "separate")
    assert (ticket.messages.count(), Ticket.objects.count()) == (2, 1)


def test_an_unknown_decision_changes_nothing(held: InboundEmail, ticket: Ticket, ana: Agent) -> None:
    with pytest.raises(Invalid):
        decide(ana, held.pk, ticket, "burn")
    assert held_mails(ticket).get() == held


def test_a_mail_of_another_ticket_is_not_decided_here(held: InboundEmail, ana: Agent, deliver: Deliver) -> None:
    other = Ticket.objects.get(inbound_emails=deliver(mail("Else", sender="noah@example.com")))
    with pytest.raises(Conflict):
        decide(ana, held.pk, other, "attach")


def test_a_finished_ticket_holds_nothing(deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    change_status(ana, ticket.pk, Status.SOLVED)
    inbound = deliver(from_eve(ticket))
    assert (inbound.state, inbound.ticket_id == ticket.pk) == (InboundState.PROCESSED, False)


def test_what_nobody_decides_about_gets_an_answer_somewhere(held: InboundEmail, ticket: Ticket) -> None:
    assert set_apart_the_forgotten() == 0
    assert set_apart_the_forgotten(timezone.now() + timedelta(days=4)) == 1
    held.refresh_from_db()
    assert (held.state, held.ticket_id == ticket.pk) == (InboundState.PROCESSED, False)


def test_what_is_held_when_the_ticket_ends_is_set_apart(held: InboundEmail, ticket: Ticket, ana: Agent) -> None:
    change_status(ana, ticket.pk, Status.SOLVED)
    assert set_apart_the_forgotten() == 1
    assert not held_mails(ticket).exists()


def test_a_held_mail_is_no_way_in_for_the_next(deliver: Deliver, ticket: Ticket) -> None:
    deliver(from_eve(ticket, message_id="<eve@mail.example>"))
    inbound = deliver(mail("Me too", sender="mallory@example.net", in_reply_to="<eve@mail.example>"))
    assert inbound.ticket_id != ticket.pk


def test_who_is_removed_is_a_stranger_again(
    held: InboundEmail, ticket: Ticket, ana: Agent, deliver: Deliver, mailbox: Mailbox
) -> None:
    Participant.objects.create(ticket=ticket, address="noah@example.com")
    remove_participant(ana, ticket, "Noah@example.com")
    inbound = deliver(
        mail("Still here?", sender="noah@example.com", to=reply_address(mailbox.address, ticket.public_id))
    )
    assert inbound.state == InboundState.HELD
