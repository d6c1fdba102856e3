"""An answer joins its ticket; nobody else's mail does."""

from __future__ import annotations

import pytest

from agents.models import Agent, Brand
from core.errors import Invalid
from crm.models import Customer
from email_inbox import intake
from email_inbox.models import InboundEmail, InboundState, Mailbox, OutboundEmail, Source, Verdict
from email_inbox.tokens import message_in_id, reply_address, ticket_in_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.corpus import raw_mail
from tests.email_inbox.mails import mail
from tickets.actions import change_status, post_reply
from tickets.content import NewMessage
from tickets.models import Delivery, EventKind, Message, Status, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    return Ticket.objects.get(inbound_emails=deliver(mail(message_id="<first@mail.example>")))


@pytest.fixture
def outbound(ticket: Ticket, ana: Agent) -> OutboundEmail:
    reply = post_reply(ana, ticket.pk, NewMessage("It is on its way."))
    outbound: OutboundEmail = OutboundEmail.objects.get(message=reply)
    return outbound


def test_the_token_in_the_address_leads_to_the_ticket(deliver: Deliver, ticket: Ticket) -> None:
    address = reply_address("support@example.com", ticket.public_id)
    inbound = deliver(mail("Thanks", subject="entirely new", to=address.upper()))
    assert inbound.ticket_id == ticket.pk
    assert ticket.messages.count() == 2


def test_our_message_id_leads_to_the_ticket_even_when_the_address_lost_its_token(
    deliver: Deliver, outbound: OutboundEmail, ticket: Ticket
) -> None:
    inbound = deliver(mail("Thanks", references=f"<unknown@x> <{outbound.header_id}>"))
    assert inbound.ticket_id == ticket.pk


def test_the_customers_own_message_id_leads_to_the_ticket(deliver: Deliver, ticket: Ticket) -> None:
    assert deliver(mail("One more thing", in_reply_to="<first@mail.example>")).ticket_id == ticket.pk


def test_the_same_subject_alone_never_joins(deliver: Deliver, ticket: Ticket) -> None:
    inbound = deliver(mail(subject=f"Re: {ticket.subject}"))
    assert inbound.ticket_id != ticket.pk


def test_a_number_in_the_subject_leads_whoever_has_a_part_to_the_ticket(deliver: Deliver, ticket: Ticket) -> None:
    inbound = deliver(mail("One more thing", subject=f"parcel [#{ticket.pk}]"))
    assert inbound.ticket_id == ticket.pk


@pytest.mark.parametrize("subject", ["My parcel [#{}]", "[#99999999999999]", "[#0]", "#{}"])
def test_a_number_in_the_subject_leads_no_stranger_anywhere(subject: str, deliver: Deliver, ticket: Ticket) -> None:
    inbound = deliver(mail(sender="eve@example.net", subject=subject.format(ticket.pk)))
    assert (inbound.state, inbound.ticket_id == ticket.pk) == (InboundState.PROCESSED, False)
    assert ticket.messages.count() == 1


def test_a_number_leads_nobody_who_could_not_be_verified(mailbox: Mailbox, deliver: Deliver, ticket: Ticket) -> None:
    inbound = intake.receive(mail(subject=f"[#{ticket.pk}]"), mailbox, Source.SMTP)
    InboundEmail.objects.filter(pk=inbound.pk).update(verdict=Verdict.UNVERIFIED)
    intake.process(inbound.pk)
    assert InboundEmail.objects.get(pk=inbound.pk).ticket_id != ticket.pk


def test_a_number_leads_to_no_ticket_of_another_brand(deliver: Deliver, ticket: Ticket, other_brand: Brand) -> None:
    theirs = Mailbox.objects.create(address="help@rival.example", brand=other_brand)
    assert deliver(mail(subject=f"[#{ticket.pk}]"), to=theirs).ticket_id != ticket.pk


def test_a_forged_token_is_worth_nothing(deliver: Deliver, ticket: Ticket) -> None:
    inbound = deliver(mail(to=f"support+{ticket.public_id}.aaaaaaaaaaaaaaaa@example.com"))
    assert inbound.ticket_id != ticket.pk


def test_a_stranger_who_knows_the_customers_reference_opens_a_ticket_of_their_own(
    deliver: Deliver, ticket: Ticket
) -> None:
    inbound = deliver(mail("Let me in", sender="eve@example.net", in_reply_to="<first@mail.example>"))
    assert (inbound.state, inbound.ticket_id == ticket.pk) == (InboundState.PROCESSED, False)
    assert not ticket.messages.filter(text="Let me in").exists()
    line = TicketEvent.objects.get(kind=EventKind.STRANGER)
    assert (line.ticket_id, line.data["other"]) == (inbound.ticket_id, ticket.pk)


def test_a_reference_across_brands_joins_nothing_and_tells_nothing(
    deliver: Deliver, ticket: Ticket, other_brand: Brand
) -> None:
    rival = Mailbox.objects.create(address="help@rival.example", brand=other_brand)
    inbound = deliver(mail(in_reply_to="<first@mail.example>"), to=rival)
    assert inbound.ticket_id != ticket.pk
    assert not TicketEvent.objects.filter(kind=EventKind.STRANGER).exists()


def test_an_answer_opens_a_solved_ticket_again(deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    change_status(ana, ticket.pk, Status.SOLVED)
    deliver(mail("Still broken", in_reply_to="<first@mail.example>"))
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN


def test_an_automatic_reply_never_opens_a_solved_ticket_again(deliver: Deliver, ticket: Ticket, ana: Agent) -> None:
    change_status(ana, ticket.pk, Status.SOLVED)
    inbound = deliver(mail("Away", in_reply_to="<first@mail.example>", auto_submitted="auto-replied"))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == (Status.SOLVED, 1)
    assert (inbound.state, inbound.ticket_id) == (InboundState.QUARANTINED, ticket.pk)


def test_a_bounce_marks_the_answer_that_it_returns(deliver: Deliver, outbound: OutboundEmail) -> None:
    returned = b"--edge\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%s>\r\n\r\n--edge--"
    bounce = raw_mail("report-bounce").replace(b"--edge--", returned % outbound.header_id.encode())
    inbound = deliver(bounce)
    message = Message.objects.get(outbound_email=outbound)
    assert (message.delivery, inbound.state) == (Delivery.FAILED, InboundState.PROCESSED)
    assert "550 No such user" in message.delivery_error
    assert inbound.ticket_id == message.ticket_id
    assert message.ticket.messages.count() == 2


def test_a_report_of_a_delay_marks_nothing(deliver: Deliver, outbound: OutboundEmail) -> None:
    returned = b"--edge\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%s>\r\n\r\n--edge--"
    deliver(raw_mail("report-delayed").replace(b"--edge--", returned % outbound.header_id.encode()))
    assert Message.objects.get(outbound_email=outbound).delivery == Delivery.QUEUED


def test_a_bounce_of_somebody_elses_mail_is_listed(deliver: Deliver) -> None:
    inbound = deliver(raw_mail("report-bounce"))
    assert (inbound.state, inbound.ticket_id) == (InboundState.QUARANTINED, None)


def test_our_own_mail_coming_back_is_not_a_conversation(deliver: Deliver, outbound: OutboundEmail) -> None:
    inbound = deliver(mail(sender="list@example.net", message_id=f"<{outbound.header_id}>"))
    assert inbound.state == InboundState.QUARANTINED


def test_tokens_survive_a_change_of_the_key(settings: object, ticket: Ticket) -> None:
    address = reply_address("support@example.com", ticket.public_id)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another key that is long enough to be one"  # type: ignore[attr-defined]
    assert ticket_in_address(address) == ticket.public_id
    settings.SECRET_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    assert ticket_in_address(address) == ""


def test_a_mailbox_with_a_long_name_goes_without_a_token() -> None:
    address = "a" * 60 + "@example.com"
    assert reply_address(address, "0123456789abcdef") == address


def test_our_message_ids_are_known_in_any_case(outbound: OutboundEmail) -> None:
    assert message_in_id(outbound.header_id.upper()) == Message.objects.get(outbound_email=outbound).public_id


def test_a_ticket_without_an_address_says_that_no_answer_can_leave(ana: Agent, brand: Brand, mailbox: Mailbox) -> None:
    nobody = Customer.objects.create(name="Nobody")
    ticket = Ticket.objects.create(customer=nobody, brand=brand, channel="email")
    with pytest.raises(Invalid):
        post_reply(ana, ticket.pk, NewMessage("Hello?"))
    assert not Message.objects.filter(ticket=ticket).exists()
