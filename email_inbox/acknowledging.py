"""The automatic answer to a mail that opened a ticket, and what keeps it from talking with machines (RFC 3834)."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from core.ids import opaque_id
from core.work import wake
from email_inbox.additions import additions
from email_inbox.models import InboundEmail, OutboundEmail, Verdict
from email_inbox.outbox import DELIVER, reply_route, reply_subject
from email_inbox.parsing import ParsedMail
from email_inbox.tokens import message_id
from tickets.history import record
from tickets.models import EventKind, Message

KIND = "auto"
MOST_PER_READER = 3
WITHIN = timedelta(days=1)
_NOBODY = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|bounces?|daemon)\b", re.IGNORECASE
)


def acknowledge(inbound: InboundEmail, parsed: ParsedMail, opened: Message) -> OutboundEmail | None:
    """Tell the sender that their mail is here, if the mailbox says so and the sender is a person; else None.

    In the transaction that `opened` the ticket. Nobody gets more than MOST_PER_READER of them within a day, whatever
    their mails look like: two machines that answer each other stop there.
    """
    ticket = opened.ticket
    words = additions(inbound.mailbox, ticket, None).acknowledgement
    if not words or not _is_wanted(inbound, parsed):
        return None
    inbound.message = opened
    inbound.save(update_fields=["message"])  # the answer goes where this mail wants answers
    route = reply_route(ticket)
    if route is None or _is_enough(route.to):
        return None
    sent: OutboundEmail = OutboundEmail.objects.create(
        kind=KIND,
        ticket=ticket,
        mailbox=inbound.mailbox,
        to=route.to,
        subject=reply_subject(ticket.subject),
        text=words,
        header_id=message_id(opaque_id(), inbound.mailbox.domain),
        in_reply_to=inbound.header_id if inbound.header_id.isascii() and "@" in inbound.header_id else "",
        due_at=timezone.now(),
    )
    record(ticket, EventKind.DELIVERY, None, what="acknowledged", address=route.to)
    wake(DELIVER)
    return sent


def _is_wanted(inbound: InboundEmail, parsed: ParsedMail) -> bool:
    """Whether RFC 3834 2 allows an answer: to a person who wrote to us themselves, and who says who they are."""
    if parsed.sender is None or parsed.is_from_machine or inbound.envelope_from == "<>":
        return False
    return inbound.verdict != Verdict.FORGED and not _NOBODY.match(parsed.sender.address)


def _is_enough(reader: str) -> bool:
    with connection.cursor() as cursor:
        # One at a time for each reader: two mails that arrive together must not both be the third.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"acknowledge {reader}"])
    recent = OutboundEmail.objects.filter(kind=KIND, to=reader, created_at__gt=timezone.now() - WITHIN)
    return recent.count() >= MOST_PER_READER
