"""Mail for a merged conversation reaches the one in which it goes on, whatever names it."""

from __future__ import annotations

import pytest

from agents.models import Agent
from core.errors import Invalid
from email_inbox.models import InboundState, OutboundEmail, PendingReply
from email_inbox.pending import hold_reply
from email_inbox.tokens import reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tickets.actions import merge_tickets, post_reply, unmerge_ticket
from tickets.content import NewMessage
from tickets.models import Status, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def survivor(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail(message_id="<second@mail.example>", subject="Again")))


@pytest.fixture
def source(deliver: Deliver, ana: Agent) -> Ticket:
    ticket = Ticket.objects.get(inbound_emails=deliver(mail(message_id="<first@mail.example>")))
    post_reply(ana, ticket.pk, NewMessage("It is on its way."))
    return ticket


def ways(source: Ticket) -> dict[str, bytes]:
    """Mails that name the conversation, each in another way."""
    ours = OutboundEmail.objects.get(message__ticket=source).header_id
    return {
        "token": mail("Thanks", to=reply_address("support@example.com", source.public_id), subject="new"),
        "our id": mail("Thanks", references=f"<{ours}>"),
        "their id": mail("Thanks", in_reply_to="<first@mail.example>"),
        "number": mail("Thanks", subject=f"Thanks [#{source.pk}]"),
    }


@pytest.mark.parametrize("way", ["token", "our id", "their id", "number"])
def test_an_answer_to_the_source_reaches_the_survivor(
    way: str, ana: Agent, deliver: Deliver, source: Ticket, survivor: Ticket
) -> None:
    merge_tickets(ana, source.pk, survivor.pk)
    inbound = deliver(ways(source)[way])
    assert (inbound.state, inbound.ticket_id) == (InboundState.PROCESSED, survivor.pk)
    source.refresh_from_db()
    assert (source.status, source.last_seq) == (Status.CLOSED, 2)


def test_taken_back_it_gets_its_mail_itself(ana: Agent, deliver: Deliver, source: Ticket, survivor: Ticket) -> None:
    merge_tickets(ana, source.pk, survivor.pk)
    unmerge_ticket(ana, source.pk)
    assert deliver(ways(source)["token"]).ticket_id == source.pk


def test_a_stranger_who_names_the_source_is_held_at_the_survivor(
    ana: Agent, deliver: Deliver, source: Ticket, survivor: Ticket
) -> None:
    merge_tickets(ana, source.pk, survivor.pk)
    address = reply_address("support@example.com", source.public_id)
    inbound = deliver(mail("Let me in", sender="eve@example.net", to=address))
    assert (inbound.state, inbound.ticket_id) == (InboundState.HELD, survivor.pk)


def test_an_answer_that_has_not_left_keeps_the_conversation_from_being_merged(
    ana: Agent, source: Ticket, survivor: Ticket
) -> None:
    hold_reply(ana, source, NewMessage("One more thing"), due_at=PendingReply._meta.get_field("created_at").default())
    with pytest.raises(Invalid, match="has not left yet"):
        merge_tickets(ana, source.pk, survivor.pk)
