"""Putting an answer into the outbox: where it goes, from which mailbox, and in which thread."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Brand
from core.errors import Invalid
from core.ids import opaque_id
from core.text import clean_line
from core.work import wake
from crm.selectors import email_of
from email_inbox.mailboxes import is_ours
from email_inbox.models import InboundEmail, InboundState, Mailbox, OutboundEmail, PendingReply
from email_inbox.parsing.addresses import usable
from email_inbox.tokens import message_id
from tickets.letters import Letter
from tickets.models import Message, Ticket

DELIVER = "email_inbox.deliver_due"
MOST_REFERENCES = 20
MOST_CHARACTERS = 100_000
"""Of an answer; longer ones are refused."""


@dataclass(frozen=True, slots=True)
class Route:
    to: str
    mailbox: Mailbox


def reply_route(ticket: Ticket) -> Route | None:
    """Where an answer goes: to the address that the customer last asked for, from the mailbox they wrote to."""
    last = _last_mail(ticket)
    mailbox = _mailbox_after(last, ticket)
    address = _asked_for(last) or usable(last.from_address if last else "") or usable(email_of(ticket.customer))
    return Route(address, mailbox) if address and mailbox else None


def sending_mailbox(ticket: Ticket) -> Mailbox | None:
    """From where mail about the ticket leaves, whoever it is for."""
    return _mailbox_after(_last_mail(ticket), ticket)


def _mailbox_after(last: InboundEmail | None, ticket: Ticket) -> Mailbox | None:
    if last and last.mailbox.is_active:
        return last.mailbox
    return _ours_before(ticket) or _mailbox_of(ticket.brand_id)


class Letters:
    """Implements `tickets.letters.Post`: letters leave by the outbox too."""

    def can_send(self, brand: Brand) -> bool:
        return _mailbox_of(brand.pk) is not None

    def enqueue(self, letter: Letter) -> None:
        """Raises Invalid without a mailbox."""
        mailbox = _mailbox_of(letter.brand.pk)
        if mailbox is None:
            raise Invalid(_("This brand has no active mailbox to send from."), code="no_mailbox")
        OutboundEmail.objects.create(
            kind=letter.kind,
            mailbox=mailbox,
            to=letter.to,
            subject=clean_line(letter.subject, 320),
            text=letter.text,
            html=letter.html,
            ticket=letter.ticket,
            header_id=message_id(opaque_id(), mailbox.domain),
            due_at=timezone.now(),
        )
        wake(DELIVER)


def _asked_for(last: InboundEmail | None) -> str:
    """The Reply-To, unless it names one of our own mailboxes: the answer would go to ourselves."""
    address = usable(last.reply_to) if last else ""
    return address if address and not is_ours(address) else ""


def check_can_reply(ticket: Ticket) -> Route:
    """Where an answer goes. Raise Invalid, saying why, when none can leave by email."""
    route = reply_route(ticket)
    if route is not None:
        return route
    if _mailbox_of(ticket.brand_id) is None:
        raise Invalid(_("This brand has no active mailbox to answer from. An administrator can add one."))
    raise Invalid(_("This customer has no email address to answer to."), code="no_address")


def enqueue_reply(message: Message) -> OutboundEmail:
    """Write the outbox row of an outbound message and wake a worker. Call in the message's transaction."""
    ticket = message.ticket
    route = check_can_reply(ticket)
    thread = thread_ids(ticket)
    outbound: OutboundEmail = OutboundEmail.objects.create(
        message=message,
        mailbox=route.mailbox,
        to=route.to,
        subject=reply_subject(ticket.subject) if thread else first_subject(ticket.subject),
        header_id=message_id(message.public_id, route.mailbox.domain),
        in_reply_to=thread[-1] if thread else "",
        references=" ".join(thread),
        due_at=timezone.now(),
    )
    wake(DELIVER)
    return outbound


def thread_ids(ticket: Ticket) -> list[str]:
    """Message-IDs of the thread, oldest first, as far as they are known (RFC 5322 3.6.4)."""
    said = InboundEmail.objects.filter(ticket=ticket, state=InboundState.PROCESSED).exclude(header_id="")
    said = said.filter(message__direction="in")
    theirs = list(said.values_list("received_at", "header_id"))
    answers = OutboundEmail.objects.filter(message__ticket=ticket, message__direction="out")
    ours = list(answers.values_list("created_at", "header_id"))
    ids = [one for _at, one in sorted(theirs + ours) if not one.startswith("sha256:") and one.isascii()]
    # The first stays when the middle goes: mail programs hang the thread on it.
    return ids if len(ids) <= MOST_REFERENCES else [ids[0], *ids[1 - MOST_REFERENCES :]]


def first_subject(subject: str) -> str:
    """For a mail that answers none."""
    return clean_line(subject, 300) or _("Your message")


def reply_subject(subject: str) -> str:
    subject = first_subject(subject)
    return subject if subject.lower().startswith(("re:", "aw:", "sv:", "回复:")) else f"Re: {subject}"


def _last_mail(ticket: Ticket) -> InboundEmail | None:
    """The customer's newest mail on the ticket."""
    mails = InboundEmail.objects.select_related("mailbox").filter(
        message__ticket=ticket, message__customer=ticket.customer, message__direction="in"
    )
    return mails.order_by("-pk").first()


def _ours_before(ticket: Ticket) -> Mailbox | None:
    """From where we wrote last, or were about to: whom we wrote to first has not chosen a mailbox yet."""
    sent = OutboundEmail.objects.select_related("mailbox").filter(message__ticket=ticket, mailbox__is_active=True)
    begun = PendingReply.objects.select_related("mailbox").filter(ticket=ticket, mailbox__is_active=True)
    last = sent.order_by("-pk").first() or begun.order_by("-pk").first()
    return last.mailbox if last else None


def _mailbox_of(brand_id: int) -> Mailbox | None:
    return Mailbox.objects.filter(brand=brand_id, is_active=True).order_by("pk").first()
