"""The one door for mail: `receive` stores it durably, `process` makes of it what it is.

Two transactions on purpose: whatever a mail does to `process`, its bytes and its row in the ledger are there first.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.text import clean_line
from email_inbox.authentication import Client, authenticate, is_checking
from email_inbox.handling import Outcome, handle
from email_inbox.models import InboundEmail, InboundState, Mailbox
from email_inbox.originals import keep_original
from email_inbox.parsing import UNREADABLE, Summary, fingerprint, summarise

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
# A mail this old that is still unprocessed lost its process; younger ones are being processed just now.
GRACE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the SMTP conversation said. `sender` is empty for the null sender of bounces, None when unknown."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    client_address: str = ""
    helo: str = ""


UNKNOWN = Envelope()


def receive(
    raw: bytes, mailbox: Mailbox, source: str, envelope: Envelope = UNKNOWN, *, now: datetime | None = None
) -> InboundEmail:
    """Store one arrival; when this returns it is committed, and the sender may be told so.

    The same mail again becomes a row that points at the first (`duplicate_of`, ignored). Never raises for what the
    bytes are; raises DatabaseError when it could not be stored.
    """
    arrival = _arrival(raw, mailbox, source, envelope, now or timezone.now())
    with transaction.atomic():
        stored = _insert_once(arrival)
        if stored.duplicate_of is None or stored.duplicate_of.sha256 != stored.sha256:
            keep_original(stored.pk, raw)
    return stored


def _arrival(raw: bytes, mailbox: Mailbox, source: str, envelope: Envelope, now: datetime) -> InboundEmail:
    summary = _summary(raw)
    return InboundEmail(
        mailbox=mailbox,
        source=source,
        fingerprint=which(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        # "<>" is the null sender: told apart from "not known".
        envelope_from="<>" if envelope.sender == "" else clean_line(envelope.sender or "", 320),
        envelope_to=clean_line(", ".join(envelope.recipients), 1000),
        client_address=_ip_address(envelope.client_address),
        helo=clean_line(envelope.helo, 255),
        header_id=clean_line(summary.message_id, 255),
        from_address=clean_line(summary.from_address, 320),
        reply_to=clean_line(summary.reply_to, 320),
        subject=summary.subject,
        sent_at=summary.sent_at,
        received_at=now,
    )


def which(raw: bytes) -> str:
    """The mail's fingerprint. Like `_summary` it never raises: a fault of our own reading must not cost the mail, which
    is stored all the same; processing then says what is wrong with it."""
    try:
        return fingerprint(raw)
    except Exception:
        logger.exception("a mail of %s bytes has no fingerprint", len(raw))
        return hashlib.sha256(raw).hexdigest()


def _summary(raw: bytes) -> Summary:
    try:
        return summarise(raw)
    except Exception:
        logger.exception("a mail of %s bytes could not be read", len(raw))
        return UNREADABLE


def _ip_address(value: str) -> str | None:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return None


def _insert_once(arrival: InboundEmail) -> InboundEmail:
    """The row of the mail, or of its repetition. The UNIQUE constraint decides, however many arrive at once."""
    try:
        with transaction.atomic():
            arrival.save(force_insert=True)
        return arrival
    except IntegrityError:
        first = InboundEmail.objects.get(
            mailbox=arrival.mailbox, fingerprint=arrival.fingerprint, duplicate_of__isnull=True
        )
    arrival.pk = None
    arrival.duplicate_of = first
    arrival.header_id = ""  # threading looks for the mail itself, not for its repetition
    arrival.state = InboundState.IGNORED
    arrival.reason = _("The same mail had already arrived.")
    arrival.processed_at = arrival.received_at
    arrival.save(force_insert=True)
    return arrival


def process(inbound_id: int) -> InboundEmail | None:
    """Make a ticket, an answer or a listed exception of a received mail; None when somebody else is doing it.

    Never raises for what the mail is: what cannot be handled is `failed` with its reason. A database that is away
    leaves it received, and the tick tries again.
    """
    started = time.monotonic()
    try:
        return _process(inbound_id, started)
    except (OperationalError, InterfaceError) as error:
        logger.warning("mail %s waits: the database did not do its part (%s)", inbound_id, type(error).__name__)
        return None
    except Exception as error:
        logger.exception("mail %s could not be processed", inbound_id)
        return _fail(inbound_id, error, started)


def _process(inbound_id: int, started: float) -> InboundEmail | None:
    _note_origin(inbound_id)
    with transaction.atomic():
        inbound = (
            InboundEmail.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("mailbox__brand", "mailbox__team")
            .filter(pk=inbound_id, state=InboundState.RECEIVED)
            .first()
        )
        if inbound is None:
            return None
        outcome = handle(inbound, inbound.original)
        write_outcome(inbound, outcome, started)
    return inbound


def _note_origin(inbound_id: int) -> None:
    """Where the mail comes from. Before the transaction: the DNS may take seconds, and no lock waits for it."""
    if not is_checking():
        return
    inbound = InboundEmail.objects.filter(pk=inbound_id, state=InboundState.RECEIVED, checked_by="").first()
    if inbound is None:
        return
    client = Client(inbound.client_address or "", inbound.helo, inbound.envelope_from.strip("<>"))
    found = authenticate(inbound.original, client)
    if found.verdict:
        InboundEmail.objects.filter(pk=inbound_id).update(
            verdict=found.verdict,
            spf=found.spf,
            dkim=found.dkim,
            dmarc=found.dmarc,
            checked_by=clean_line(found.checked_by, 255),
        )


def write_outcome(inbound: InboundEmail, outcome: Outcome, started: float | None = None) -> None:
    """Close the ledger's row, which the caller has locked. `started` is the monotonic time when processing began."""
    inbound.state = outcome.state
    inbound.reason = clean_line(outcome.reason, 500)
    inbound.message = outcome.message
    inbound.ticket = outcome.ticket
    inbound.processed_at = timezone.now()
    inbound.seconds = round(time.monotonic() - started, 4) if started is not None else inbound.seconds
    inbound.save(
        update_fields=["state", "reason", "message", "ticket", "processed_at", "seconds", "spam_points", "others"]
    )


def _fail(inbound_id: int, error: Exception, started: float) -> InboundEmail | None:
    try:
        with transaction.atomic():
            inbound = InboundEmail.objects.select_for_update(of=("self",)).get(pk=inbound_id)
            reason = _("It could not be processed (%(kind)s).") % {"kind": type(error).__name__}
            write_outcome(inbound, Outcome(InboundState.FAILED, reason), started)
    except DatabaseError:
        logger.exception("mail %s could not even be marked as failed", inbound_id)
        return None
    return inbound


def process_waiting(*, limit: int = 200, now: datetime | None = None) -> int:
    """Process what was received but lost its process; return how many rows were looked at.

    The attempt is counted and committed first: a mail that kills the process does so at most MOST_ATTEMPTS times.
    """
    waiting = InboundEmail.objects.filter(
        state=InboundState.RECEIVED, received_at__lt=(now or timezone.now()) - GRACE
    ).order_by("received_at")
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in ids:
        _try_again(pk)
    return len(ids)


def _try_again(pk: int) -> None:
    with transaction.atomic():
        waiting = InboundEmail.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            pk=pk, state=InboundState.RECEIVED
        )
        inbound = waiting.first()
        if inbound is None:
            return
        inbound.attempts += 1
        if inbound.attempts > MOST_ATTEMPTS:
            inbound.state = InboundState.FAILED
            inbound.reason = _("Processing was broken off %(count)s times.") % {"count": MOST_ATTEMPTS}
        inbound.save(update_fields=["attempts", "state", "reason"])
    if inbound.state == InboundState.RECEIVED:
        process(pk)
