"""Mail that an agent begins: passing a message on, and writing to a customer first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
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
from email_inbox.handling import CHANNEL
from email_inbox.models import Mailbox, OutboundEmail, Participant, ParticipantKind
from email_inbox.outbox import DELIVER, sending_mailbox
from email_inbox.participants import add_participant, remove_participant
from email_inbox.pending import hold_reply, send_at_once
from email_inbox.replying import Copies, ask_about, bounces
from email_inbox.tokens import message_id
from tickets.actions import post_note, save_draft
from tickets.content import NewAttachment, NewMessage
from tickets.events import TicketChanged, TicketOpened
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import Attachment, Draft, DraftKind, EventKind, Message, Status, Ticket

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
        ask_about(bounces([*self.to, *self.cc, *self.bcc]))


def forward_message(
    agent: Agent,
    passed_on: Message,
    recipients: Recipients,
    message: NewMessage,
    *,
    files: Iterable[Attachment] = (),
    may_undo: bool = False,
) -> Message:
    """Send `passed_on` with the agent's words to third parties; the words stay here as a private note.

    `files`: those of its attachments that go along. Who gets it may answer into the ticket. `may_undo`: it leaves after
    the mailbox's seconds to take it back. Idempotent by `client_id`. Raises Invalid, TooLarge.
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
            due_at=_leaves_at(mailbox, may_undo=may_undo),
        )
        for address in (*recipients.to, *recipients.cc):
            add_participant(agent, ticket, address, kind=ParticipantKind.FORWARD)
        wake(DELIVER)
    return note


def waiting_forwards(ticket: Ticket) -> QuerySet[OutboundEmail]:
    """Forwards that can still be taken back, oldest first."""
    waiting = OutboundEmail.objects.filter(kind=FORWARD, message__ticket=ticket, attempts=0, finished_at__isnull=True)
    return waiting.filter(due_at__gt=timezone.now()).select_related("message__agent").order_by("pk")


def take_back_forward(by: Agent, ticket: Ticket, outbound_id: int) -> None:
    """Stop a forward: its note stays a note, and whom it would have given a part has none. Raises Conflict when it has
    left or was taken back."""
    with transaction.atomic():
        # First the mail, then the ticket: the order in which delivery locks them.
        outbound = waiting_forwards(ticket).select_for_update(of=("self",)).filter(pk=outbound_id).first()
        if outbound is None:
            raise Conflict(_("It has left already, or was taken back."))
        locked = lock_ticket(ticket.pk)
        new = Participant.objects.filter(
            ticket=ticket, kind=ParticipantKind.FORWARD, address__in=[outbound.to, *outbound.cc]
        )
        for address in list(new.filter(added_at__gte=outbound.created_at).values_list("address", flat=True)):
            remove_participant(by, locked, address)
        outbound.delete()
        publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=("pending_reply",)))


def _leaves_at(mailbox: Mailbox, *, may_undo: bool) -> datetime:
    return timezone.now() + timedelta(seconds=mailbox.undo_seconds if may_undo else 0)


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
    may_undo: bool = False,
) -> Ticket:
    """Open a ticket with a mail of ours to its customer. `key`: of `new_key`. `may_undo`: it leaves after the mailbox's
    seconds to take it back; its words are then the draft of the ticket's first mail.

    Raises Invalid, TooLarge, Conflict.
    """
    recipients.check()
    subject = clean_line(subject, 300)
    if not subject:
        raise Invalid(_("Write a subject: it is what the reader sees first."))
    if not mailbox.is_active:
        raise Conflict(_("This mailbox has been switched off. Choose another one."))
    due_at = _leaves_at(mailbox, may_undo=may_undo)
    with transaction.atomic():
        ticket, is_new = _open(agent, mailbox, check_email(recipients.to[0]), subject, _opened_by(key))
        if not is_new:
            return ticket
        copies = Copies((*recipients.to[1:], *recipients.cc), recipients.bcc)
        pending = hold_reply(agent, ticket, message, copies, due_at=due_at, mailbox=mailbox)
    if due_at <= timezone.now():
        send_at_once(ticket, pending.pk)
    return ticket


def _open(agent: Agent, mailbox: Mailbox, address: str, subject: str, public_id: str) -> tuple[Ticket, bool]:
    """The ticket, and whether it is new. It is the writer's from the beginning: nobody else is to take it up."""
    customer = find_or_create_customer(IdentityKind.EMAIL, address, proof=Proof.CLAIMED)
    ticket, is_new = Ticket.objects.get_or_create(
        public_id=public_id,
        defaults={
            "customer": customer,
            "brand": mailbox.brand,
            "team": mailbox.team,
            "assignee": agent,
            "status": Status.OPEN,
            "channel": CHANNEL,
            "subject": subject,
            "language": customer.language,
        },
    )
    if is_new:
        record(ticket, EventKind.OPENED, agent, channel=CHANNEL)
        publish(TicketOpened(ticket_id=ticket.pk, brand_id=ticket.brand_id))
    return ticket, is_new


def _opened_by(key: str) -> str:
    try:
        return _SIGNER.unsign(key)
    except BadSignature as error:
        raise Invalid(_("This form is too old. Open it again; copy your words first.")) from error


def _mailbox_of(ticket: Ticket) -> Mailbox:
    mailbox = sending_mailbox(ticket)
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
