"""Mail that an agent begins: passing a message on, and writing to a customer first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Conflict, Invalid
from core.events import publish
from core.ids import opaque_id
from core.text import clean_line
from core.work import wake
from crm.actions import check_email, find_or_create_customer
from crm.models import IdentityKind, Proof
from email_inbox.addresses import bounced_among
from email_inbox.handling import CHANNEL
from email_inbox.models import Mailbox, OutboundEmail, ParticipantKind
from email_inbox.outbox import DELIVER, reply_route
from email_inbox.participants import add_participant
from email_inbox.replying import Copies, NeedsConfirming, send_reply
from email_inbox.tokens import message_id
from tickets.actions import post_note, save_draft
from tickets.content import NewAttachment, NewMessage
from tickets.events import TicketOpened
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import Attachment, Draft, DraftKind, EventKind, Message, Ticket

FORWARD = "forward"
_SIGNER = Signer(salt="email_inbox.outgoing")


@dataclass(frozen=True, slots=True)
class Recipients:
    """Normalised addresses; the first of `to` is the customer of a new ticket."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise Invalid when nobody is named."""
        if not self.to:
            raise Invalid(_("Say to whom it should go."))

    def check_reachable(self) -> None:
        """Raise NeedsConfirming when mail to one of them came back."""
        words = [
            _("Mail to %(address)s came back: %(reason)s.") % {"address": address, "reason": reason}
            for address, reason in bounced_among([*self.to, *self.cc, *self.bcc]).items()
        ]
        if words:
            raise NeedsConfirming(" ".join([*words, _("Nothing was sent yet.")]))


def forward_message(
    agent: Agent, passed_on: Message, recipients: Recipients, message: NewMessage, *, files: Iterable[Attachment] = ()
) -> Message:
    """Send `passed_on` with the agent's words to third parties; the words stay here as a private note.

    `files`: those of its attachments that go along. Who gets it may answer into the ticket. Idempotent by `client_id`.
    Raises Invalid, TooLarge.
    """
    recipients.check()
    with transaction.atomic():
        ticket = lock_ticket(passed_on.ticket_id)
        mailbox = _mailbox_of(ticket)
        said = ticket.last_seq
        begun = (
            Draft.objects.filter(agent=agent, ticket=ticket, kind=DraftKind.NOTE).values_list("text", flat=True).first()
        )
        note = post_note(agent, ticket.pk, replace(message, attachments=(*_copies(files), *message.attachments)))
        if note.seq <= said:
            return note
        save_draft(agent, ticket, DraftKind.NOTE, begun or "")  # the note under way is another one
        OutboundEmail.objects.create(
            message=note,
            kind=FORWARD,
            forwarded=passed_on,
            mailbox=mailbox,
            to=recipients.to[0],
            cc=[*recipients.to[1:], *recipients.cc],
            bcc=list(recipients.bcc),
            subject=_forwarded_subject(ticket.subject),
            header_id=message_id(note.public_id, mailbox.domain),
            due_at=timezone.now(),
        )
        for address in (*recipients.to, *recipients.cc):
            add_participant(agent, ticket, address, kind=ParticipantKind.FORWARD)
        wake(DELIVER)
    return note


def new_key() -> str:
    """For a form that opens a ticket: sent twice, it opens one."""
    return _SIGNER.sign(opaque_id())


def write_first(
    agent: Agent,
    mailbox: Mailbox,
    recipients: Recipients,
    subject: str,
    message: NewMessage,
    *,
    key: str,
    status: str = "",
) -> Ticket:
    """Open a ticket with a mail of ours to its customer. `key`: of `new_key`. Raises Invalid, TooLarge, Conflict."""
    recipients.check()
    subject = clean_line(subject, 300)
    if not subject:
        raise Invalid(_("Write a subject: it is what the reader sees first."))
    message.cleaned().check_not_empty()
    if not mailbox.is_active:
        raise Conflict(_("This mailbox has been switched off. Choose another one."))
    address = check_email(recipients.to[0])
    with transaction.atomic():
        customer = find_or_create_customer(IdentityKind.EMAIL, address, proof=Proof.CLAIMED)
        ticket, is_new = Ticket.objects.get_or_create(
            public_id=_opened_by(key),
            defaults={
                "customer": customer,
                "brand": mailbox.brand,
                "team": mailbox.team,
                "channel": CHANNEL,
                "subject": subject,
                "language": customer.language,
            },
        )
        if not is_new:
            return ticket
        record(ticket, EventKind.OPENED, agent, channel=CHANNEL)
        publish(TicketOpened(ticket_id=ticket.pk, brand_id=ticket.brand_id))
        copies = Copies((*recipients.to[1:], *recipients.cc), recipients.bcc)
        posted = send_reply(agent, ticket.pk, message, copies, status=status)
        OutboundEmail.objects.filter(message=posted).update(
            mailbox=mailbox, subject=subject, header_id=message_id(posted.public_id, mailbox.domain)
        )
    return ticket


def _opened_by(key: str) -> str:
    try:
        return _SIGNER.unsign(key)
    except BadSignature as error:
        raise Invalid(_("This form is too old. Open it again; copy your words first.")) from error


def _mailbox_of(ticket: Ticket) -> Mailbox:
    route = reply_route(ticket)
    mailbox = route.mailbox if route else Mailbox.objects.filter(brand=ticket.brand_id, is_active=True).first()
    if mailbox is None:
        raise Invalid(_("This brand has no active mailbox to send from."), code="no_mailbox")
    return mailbox


def _copies(files: Iterable[Attachment]) -> list[NewAttachment]:
    found = []
    for kept in files:
        with kept.file.open("rb") as file:
            found.append(NewAttachment(kept.name, file.read(), kept.content_type))
    return found


def _forwarded_subject(subject: str) -> str:
    subject = clean_line(subject, 300) or _("A message")
    return subject if subject.lower().startswith(("fwd:", "fw:", "wg:")) else f"Fwd: {subject}"
