"""What becomes of a received mail: a ticket, an answer on one, or an exception that is listed with its reason.

Runs inside the transaction of `intake.process`; the order of the rules is the order in which they are written here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import publish
from core.text import clean_line, excerpt
from crm.actions import find_or_create_customer, normalise_email
from crm.models import Customer, IdentityKind, Proof
from email_inbox.acknowledging import acknowledge
from email_inbox.addresses import is_for_good, note_alive, note_bounce
from email_inbox.delivery import back_to_the_list
from email_inbox.following import current, is_over, link
from email_inbox.mailboxes import is_ours, ours_among
from email_inbox.models import InboundEmail, InboundState, Mailbox, OutboundEmail, OutboundState, Verdict
from email_inbox.parsing import FoundAttachment, ParsedMail, parse
from email_inbox.parsing.machines import DeliveryReport
from email_inbox.spam import blocked_by, judge
from email_inbox.threading import Thread, find_thread
from email_inbox.tokens import message_id, message_ids_within, message_in_id
from tickets.actions import open_ticket, post_customer_message, set_delivery
from tickets.content import NewAttachment, NewMessage
from tickets.events import TicketChanged
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import Delivery, Direction, EventKind, Message, Ticket

CHANNEL = "email"
REPORTED_WITHIN = timedelta(days=5)
"""For so long mail servers try (RFC 5321 4.5.4.1), then they report."""


@dataclass(frozen=True, slots=True)
class Outcome:
    state: InboundState
    reason: str = ""
    ticket: Ticket | None = None
    message: Message | None = None

    def because(self, reason: str) -> Outcome:
        """The same with `reason`, before what it had to say already."""
        return replace(self, reason=f"{reason} {self.reason}".strip())


def handle(inbound: InboundEmail, raw: bytes) -> Outcome:
    """Apply the rules to one mail."""
    sender = None if not inbound.envelope_from else inbound.envelope_from.strip("<>")
    parsed = parse(raw, envelope_from=sender)
    outcome = _exception(inbound, parsed, raw)
    if outcome is not None:
        return outcome
    thread = thread_of(inbound, parsed)
    return _spam(inbound, parsed, raw, thread) or deliver(inbound, parsed, thread)


def thread_of(inbound: InboundEmail, parsed: ParsedMail) -> Thread | None:
    thread = find_thread(parsed, inbound.mailbox, inbound.envelope_to.split(", "))
    # A number can be guessed: then the sender must be who they say they are, as far as anybody could find out.
    is_doubtful = thread is not None and thread.is_by_number and inbound.verdict == Verdict.UNVERIFIED
    return None if is_doubtful else thread


def deliver(inbound: InboundEmail, parsed: ParsedMail, thread: Thread | None, *, may_hold: bool = True) -> Outcome:
    """Make it a message: on the ticket of its `thread` when the sender has a part in it, else on a new one.

    A stranger who names a running ticket by what we signed is held for an agent to decide, if `may_hold`.
    """
    if parsed.sender is None:
        return Outcome(InboundState.QUARANTINED, _("It names no sender to whom one could answer."))
    is_forged = inbound.verdict == Verdict.FORGED
    if not is_forged:
        note_alive(parsed.sender.address)
    inbound.others = others_addressed(parsed, inbound.mailbox)
    if thread is not None and thread.is_participant and not is_forged:
        ticket = current(thread.ticket, inbound.mailbox)
        if is_over(ticket, inbound.mailbox):
            return _follow_up(inbound, parsed, ticket)
        return join(inbound, parsed, ticket)
    if may_hold and thread is not None and thread.is_signed and thread.ticket.is_active and not is_forged:
        return _hold(inbound, thread.ticket)
    return separate(inbound, parsed, thread)


def join(inbound: InboundEmail, parsed: ParsedMail, ticket: Ticket) -> Outcome:
    """Make it a message of `ticket`."""
    customer = _customer(inbound, parsed)
    message = post_customer_message(ticket.pk, customer=customer, channel=CHANNEL, message=_content(inbound, parsed))
    return Outcome(InboundState.PROCESSED, "", ticket, message)


def _follow_up(inbound: InboundEmail, parsed: ParsedMail, finished: Ticket) -> Outcome:
    """A ticket that goes on with one which was finished too long ago to open again."""
    ticket, message = open_ticket(
        customer=_customer(inbound, parsed),
        brand=finished.brand,
        channel=CHANNEL,
        subject=_subject(parsed),
        message=_content(inbound, parsed),
        team=finished.team or inbound.mailbox.team,
        language=finished.language,
    )
    link(ticket, finished)
    reason = _("Ticket #%(number)s was finished: a follow-up.") % {"number": finished.pk}
    return Outcome(InboundState.PROCESSED, reason, ticket, message)


def _hold(inbound: InboundEmail, ticket: Ticket) -> Outcome:
    locked = lock_ticket(ticket.pk)
    # Neither forgotten nor an answer: somebody waits, and the history says who.
    locked.waiting_since = locked.waiting_since or timezone.now()
    locked.save(update_fields=["waiting_since"])
    record(locked, EventKind.STRANGER, None, what="held", address=inbound.from_address, mail=inbound.pk)
    publish(TicketChanged(ticket_id=locked.pk, brand_id=locked.brand_id, fields=("waiting_since",)))
    reason = _("The sender has no part in ticket #%(number)s, which the mail names: an agent decides.")
    return Outcome(InboundState.HELD, reason % {"number": ticket.pk}, locked)


def others_addressed(parsed: ParsedMail, mailbox: Mailbox) -> list[str]:
    """Whom else the mail was for: To and Cc without the sender and without ourselves; 50 at most."""
    known = {mailbox.address, normalise_email(parsed.sender.address) if parsed.sender else ""}
    found = dict.fromkeys(address for address in parsed.addressed if address not in known)
    ours = ours_among(found)
    return [address for address in found if address not in ours][:50]


def _customer(inbound: InboundEmail, parsed: ParsedMail) -> Customer:
    """Whoever wrote it. The caller has seen that there is a sender."""
    assert parsed.sender is not None
    return find_or_create_customer(
        IdentityKind.EMAIL,
        normalise_email(parsed.sender.address),
        name=parsed.sender.name,
        # When the owner of the domain says that it was not them, the address is a claim like any other.
        proof=Proof.CLAIMED if inbound.verdict == Verdict.FORGED else Proof.SENDER,
        display=parsed.sender.address,
    )


def separate(inbound: InboundEmail, parsed: ParsedMail, thread: Thread | None) -> Outcome:
    """Open a ticket with it, whose history says which `thread` it named."""
    customer = _customer(inbound, parsed)
    ticket, message = open_ticket(
        customer=customer,
        brand=inbound.mailbox.brand,
        channel=CHANNEL,
        subject=_subject(parsed),
        message=_content(inbound, parsed),
        team=inbound.mailbox.team,
    )
    acknowledge(inbound, parsed, message)
    if thread is None:
        return Outcome(InboundState.PROCESSED, "", ticket, message)
    known = thread.ticket
    record(ticket, EventKind.STRANGER, customer, other=known.pk, subject=known.subject, address=inbound.from_address)
    if inbound.verdict == Verdict.FORGED and thread.is_participant:
        reason = _("Probably forged: it does not join ticket #%(number)s, which it names, but has a ticket of its own.")
    else:
        reason = _("The sender has no part in ticket #%(number)s, which the mail names: a ticket of its own.")
    return Outcome(InboundState.PROCESSED, reason % {"number": known.pk}, ticket, message)


def _spam(inbound: InboundEmail, parsed: ParsedMail, raw: bytes, thread: Thread | None) -> Outcome | None:
    """Spam is kept and listed, and makes neither a ticket nor a customer. Somebody in a thread is never judged."""
    block = blocked_by(inbound, parsed)
    if block is not None:
        return Outcome(InboundState.SPAM, _("Blocked: %(value)s.") % {"value": block.value})
    if thread is not None and thread.is_participant and inbound.verdict != Verdict.FORGED:
        return None
    found = judge(parsed, raw, inbound.verdict)
    inbound.spam_points = found.points
    return Outcome(InboundState.SPAM, found.reason) if found.is_spam else None


def _subject(parsed: ParsedMail) -> str:
    """Lists need words to show: those of the mail when it has no subject."""
    return parsed.summary.subject or excerpt(parsed.text, 80) or _("(no subject)")


def _content(inbound: InboundEmail, parsed: ParsedMail) -> NewMessage:
    return NewMessage(
        text=parsed.text,
        html=parsed.html,
        attachments=tuple(map(_attachment, parsed.attachments)),
        client_id=f"mail-{inbound.pk}",
    )


def _attachment(found: FoundAttachment) -> NewAttachment:
    return NewAttachment(
        name=found.name,
        content=found.content,
        content_type=found.content_type,
        content_id=found.content_id,
        is_inline=found.is_inline,
    )


def _exception(inbound: InboundEmail, parsed: ParsedMail, raw: bytes) -> Outcome | None:
    """The outcome of a mail that must not become a conversation, else None."""
    if not raw.strip():
        return Outcome(InboundState.QUARANTINED, _("It is empty."))
    if parsed.report is not None:
        return _report(inbound, parsed.report, parsed)
    if message_in_id(parsed.summary.message_id):
        return Outcome(InboundState.QUARANTINED, _("It is a mail of our own that came back."))
    if parsed.sender is None:
        return Outcome(InboundState.QUARANTINED, _("It names no sender to whom one could answer."))
    if is_ours(parsed.sender.address):
        return Outcome(InboundState.QUARANTINED, _("It comes from one of our own mailboxes."))
    if parsed.is_automatic_reply:
        return _automatic(inbound, parsed)
    return None


def _automatic(inbound: InboundEmail, parsed: ParsedMail) -> Outcome:
    """A vacation notice is listed, with the ticket that it answers; it never reopens one."""
    thread = thread_of(inbound, parsed)
    reason = _("It is an automatic reply.")
    return Outcome(InboundState.QUARANTINED, reason, thread.ticket if thread and thread.is_participant else None)


def _report(inbound: InboundEmail, report: DeliveryReport, parsed: ParsedMail) -> Outcome:
    """A delivery report marks the answer that it is about; it never reopens or answers anything.

    Whoever got an answer knows its Message-ID, so a report is believed only where it fits what was sent.
    """
    ids = [*message_ids_within(report.returned), *filter(None, map(message_in_id, parsed.references))]
    # What was sent by mail: answers, and notes that went out with a forwarded message.
    sent = Q(direction=Direction.OUTBOUND) | Q(outbound_email__isnull=False)
    messages = Message.objects.select_related("ticket").filter(sent, public_id__in=ids[:20])
    message = messages.order_by("-pk").first() if ids else _last_written_to(inbound, report)
    why = clean_line(report.reason, 300)
    if message is None:
        return _letter_report(inbound, report, ids[:20], why)
    if not _fits(inbound, report, message):
        reason = _("It is a delivery report that does not fit the answer it names.")
        return Outcome(InboundState.QUARANTINED, reason, message.ticket if _same_brand(inbound, message) else None)
    if not report.failed:
        reason = _("A delivery report: on its way (%(reason)s).") % {"reason": why}
        return Outcome(InboundState.PROCESSED, reason, message.ticket, message)
    whom = report.recipient or _("the customer")
    outbound = OutboundEmail.objects.filter(message=message)
    outbound.update(state=OutboundState.BOUNCED)
    if ids and is_for_good(why):  # without our own id in it a report says too little to give an address up
        note_bounce(report.recipient or next(iter(outbound.values_list("to", flat=True)), ""), why)
    set_delivery(message, Delivery.FAILED, error=f"{whom}: {why}")
    back_to_the_list(message.ticket_id, may_reopen=False)
    reason = _("A delivery report: the answer could not be delivered (%(reason)s).") % {"reason": why}
    return Outcome(InboundState.PROCESSED, reason, message.ticket, message)


def _letter_report(inbound: InboundEmail, report: DeliveryReport, ids: list[str], why: str) -> Outcome:
    """About a letter or an acknowledgement, which has a row in the outbox and no message."""
    sent = OutboundEmail.objects.filter(header_id__in=[message_id(one, inbound.mailbox.domain) for one in ids]).first()
    if sent is None:
        return Outcome(InboundState.QUARANTINED, _("It is a delivery report about a mail that is not ours."))
    if report.failed:
        OutboundEmail.objects.filter(pk=sent.pk).update(state=OutboundState.BOUNCED)
        if is_for_good(why):
            note_bounce(sent.to, why)
    reason = _("A delivery report about an automatic mail to %(address)s (%(reason)s).")
    return Outcome(InboundState.PROCESSED, reason % {"address": sent.to, "reason": why}, sent.ticket)


def _last_written_to(inbound: InboundEmail, report: DeliveryReport) -> Message | None:
    """What a report is about that returns nothing of our mail: the newest that this mailbox sent to its recipient, if
    that was lately. Only from the null sender, so that no person's mail is taken for one."""
    if not report.recipient or not report.failed or inbound.envelope_from not in ("", "<>"):
        return None
    lately = inbound.received_at - REPORTED_WITHIN
    sent = OutboundEmail.objects.filter(mailbox=inbound.mailbox, sent_at__gt=lately, message__isnull=False)
    last = sent.filter(to__iexact=report.recipient).select_related("message__ticket").order_by("-pk").first()
    return last.message if last else None


def _same_brand(inbound: InboundEmail, message: Message) -> bool:
    return bool(message.ticket.brand_id == inbound.mailbox.brand_id)


def _fits(inbound: InboundEmail, report: DeliveryReport, message: Message) -> bool:
    """It is about an address that the answer went to; one that names no address came from the null sender."""
    if not _same_brand(inbound, message):
        return False
    if not report.recipient:
        return inbound.envelope_from in ("", "<>")
    sent = OutboundEmail.objects.filter(message=message)
    return normalise_email(report.recipient) in {
        normalise_email(to) for one in sent for to in (one.to, *one.cc, *one.bcc)
    }
