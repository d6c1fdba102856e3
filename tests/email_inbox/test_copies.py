"""Who gets an answer beside the customer, and what is known of addresses."""

from __future__ import annotations

import pytest
from django.core import mail as outbox

from agents.models import Agent
from core.errors import Invalid, NeedsConfirming
from email_inbox.addresses import bounced_among, note_bounce
from email_inbox.delivery import deliver_due
from email_inbox.models import OutboundEmail, OutboundState, Participant
from email_inbox.participants import copied, read_addresses
from email_inbox.replying import Copies, check_recipients, everybody_else, send_reply
from email_inbox.tokens import reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.corpus import raw_mail
from tests.email_inbox.mails import mail
from tickets.content import NewMessage
from tickets.models import EventKind, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(deliver: Deliver) -> Ticket:
    first = mail(to="support@example.com, Paul <paul@partner.example>", cc="lena@example.com, mia@example.com")
    return Ticket.objects.get(inbound_emails=deliver(first))


def test_copies_are_in_the_mail_and_hidden_ones_are_not(ticket: Ticket, ana: Agent) -> None:
    copies = Copies(cc=("lena@example.com",), bcc=("boss@example.com",))
    send_reply(ana, ticket.pk, NewMessage("Here it is."), copies)
    deliver_due()
    (sent,) = outbox.outbox
    assert sorted(sent.recipients()) == ["boss@example.com", "lena@example.com", "mia@example.com"]
    headers = sent.message().as_string()
    assert "lena@example.com" in headers
    assert "boss@example.com" not in headers


def test_who_is_copied_openly_has_a_part_from_then_on(ticket: Ticket, ana: Agent, deliver: Deliver) -> None:
    send_reply(ana, ticket.pk, NewMessage("Hi"), Copies(cc=("lena@example.com",), bcc=("boss@example.com",)))
    assert copied(ticket) == ["lena@example.com"]
    line = TicketEvent.objects.get(kind=EventKind.PARTICIPANT)
    assert (line.ticket_id, line.data["address"]) == (ticket.pk, "lena@example.com")
    answer = deliver(mail("Fine", sender="lena@example.com", to=reply_address("support@example.com", ticket.public_id)))
    assert answer.ticket_id == ticket.pk
    assert answer.message is not None


def test_a_repeated_answer_keeps_the_copies_of_the_first_time(ticket: Ticket, ana: Agent) -> None:
    message = NewMessage("Hi", client_id="one")
    send_reply(ana, ticket.pk, message, Copies(cc=("lena@example.com",)))
    send_reply(ana, ticket.pk, message, Copies(cc=("else@example.com",)))
    assert OutboundEmail.objects.get(message__ticket=ticket).cc == ["lena@example.com"]
    assert copied(ticket) == ["lena@example.com"]


def test_the_customer_is_never_copied_on_their_own_answer(ticket: Ticket, ana: Agent) -> None:
    send_reply(ana, ticket.pk, NewMessage("Hi"), Copies(cc=("mia@example.com",), bcc=("mia@example.com",)))
    outbound = OutboundEmail.objects.get(message__ticket=ticket)
    assert (outbound.cc, outbound.bcc) == ([], [])
    assert not Participant.objects.exists()


def test_a_reply_to_all_goes_to_whom_the_customer_addressed(ticket: Ticket) -> None:
    assert everybody_else(ticket, copied(ticket)) == ["paul@partner.example", "lena@example.com"]


def test_somebody_new_is_asked_about_and_the_known_are_not(ticket: Ticket) -> None:
    check_recipients(ticket, Copies(cc=("lena@example.com", "paul@partner.example")))
    with pytest.raises(NeedsConfirming, match=r"new@example\.net") as asked:
        check_recipients(ticket, Copies(cc=("lena@example.com",), bcc=("new@example.net",)))
    assert "lena@example.com" not in str(asked.value.message)


def test_an_answer_quotes_no_words_of_third_parties(ticket: Ticket, ana: Agent, deliver: Deliver) -> None:
    Participant.objects.create(ticket=ticket, address="expert@example.net", kind="forward")
    deliver(
        mail(
            "Internal: refund it",
            sender="expert@example.net",
            to=reply_address("support@example.com", ticket.public_id),
        )
    )
    send_reply(ana, ticket.pk, NewMessage("We refund it."))
    deliver_due()
    assert "Internal" not in outbox.outbox[0].body
    assert "Where is my parcel?" in outbox.outbox[0].body


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ()),
        (" Lena <Lena@Example.com>; paul@x.example,\n", ("lena@example.com", "paul@x.example")),
        ("a@x.example, A@X.example", ("a@x.example",)),
    ],
)
def test_typed_addresses_are_read(typed: str, read: tuple[str, ...]) -> None:
    assert read_addresses(typed) == read


@pytest.mark.parametrize("typed", ["nobody", "a@x.example b@x.example", "a@x.example, @", "support@example.com"])
def test_what_is_no_address_of_somebody_else_is_named(typed: str, mailbox: object) -> None:
    with pytest.raises(Invalid):
        read_addresses(typed)


def bounce_of(outbound: OutboundEmail, status: bytes = b"550 No such user") -> bytes:
    returned = b"--edge\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%s>\r\n\r\n--edge--"
    raw = raw_mail("report-bounce").replace(b"--edge--", returned % outbound.header_id.encode())
    return raw.replace(b"550 No such user", status)


def test_a_bounce_marks_the_address_until_mail_comes_from_it(ticket: Ticket, ana: Agent, deliver: Deliver) -> None:
    send_reply(ana, ticket.pk, NewMessage("Hi"))
    outbound = OutboundEmail.objects.get(message__ticket=ticket)
    deliver(bounce_of(outbound))
    outbound.refresh_from_db()
    assert outbound.state == OutboundState.BOUNCED
    assert "550 No such user" in bounced_among(["Mia@example.com"])["mia@example.com"]
    with pytest.raises(NeedsConfirming, match=r"mia@example\.com"):
        check_recipients(ticket, Copies())
    deliver(mail("I am back"))
    assert bounced_among(["mia@example.com"]) == {}


def test_a_full_mailbox_marks_the_answer_and_not_the_address(ticket: Ticket, ana: Agent, deliver: Deliver) -> None:
    send_reply(ana, ticket.pk, NewMessage("Hi"))
    outbound = OutboundEmail.objects.get(message__ticket=ticket)
    deliver(bounce_of(outbound, b"552 5.2.2 Mailbox full"))
    outbound.refresh_from_db()
    assert outbound.state == OutboundState.BOUNCED
    assert bounced_among(["mia@example.com"]) == {}


def test_a_second_bounce_is_counted() -> None:
    note_bounce("Gone@example.com", "first")
    note_bounce("gone@example.com", "second")
    assert bounced_among(["gone@example.com"]) == {"gone@example.com": "second"}


@pytest.mark.parametrize(("before", "after"), [("pending", "open"), ("solved", "solved")])
def test_a_bounce_brings_a_running_ticket_back_and_opens_no_finished_one(
    before: str, after: str, ticket: Ticket, ana: Agent, deliver: Deliver
) -> None:
    send_reply(ana, ticket.pk, NewMessage("Hi"), status=before)
    deliver(bounce_of(OutboundEmail.objects.get(message__ticket=ticket)))
    ticket.refresh_from_db()
    assert ticket.status == after
