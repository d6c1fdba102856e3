"""The worker's side of the outbox: claim, send, write down what became of it.

A lease outlives every time limit of a try, so a second worker never sends beside a living first one. A worker that
dies before it handed the content over costs nothing; one that dies after it, before the outcome is committed, costs
a second copy under the same Message-ID, which mail programs show once (docs/adr/013-outbox.md).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.text import clean_line
from core.work import backoff, claim, finish, postpone
from email_inbox.addresses import is_for_good, note_bounce
from email_inbox.models import OutboundEmail, OutboundState
from email_inbox.sending import NotSent, send
from tickets.actions import change_status, set_delivery, snooze_ticket, survivor_of
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import Delivery, EventKind, Status

logger = logging.getLogger(__name__)

# Longer than CELERY_TASK_TIME_LIMIT (300 s), which ends a try that hangs.
LEASE = timedelta(seconds=330)
GIVE_UP_AFTER = timedelta(days=3)
UNCERTAIN_RETRY = timedelta(minutes=5)
ONE_RUN = timedelta(seconds=60)
# A mailbox whose server keeps a worker for so long gets no second one; a worker that died is waited for no longer.
SLOW_AFTER, SLOW_UNTIL = timedelta(seconds=5), timedelta(seconds=90)


def deliver_due(*, lease: timedelta = LEASE) -> int:
    """Send what is due, one claim at a time so that no lease waits behind a slow server; return how many were tried."""
    started, tried = timezone.now(), 0
    while timezone.now() - started < ONE_RUN:
        claimed = claim(_waiting(lease), limit=1, lease=lease, now=timezone.now())
        if not claimed:
            break
        deliver(claimed[0])
        tried += 1
    return tried


_NEEDED = (
    *("message__ticket__customer", "message__ticket__team", "message__agent", "ticket__customer", "ticket__team"),
    *("mailbox__brand", "mailbox__team", "forwarded__customer", "forwarded__agent"),
)


def _waiting(lease: timedelta = LEASE) -> QuerySet[OutboundEmail]:
    """What may be sent: nothing of a mailbox whose server is slow just now, so that the others do not wait for it."""
    now = timezone.now()
    begun = (now + lease - SLOW_UNTIL, now + lease - SLOW_AFTER)
    slow = OutboundEmail.objects.filter(finished_at__isnull=True, lease_until__gt=now, lease_until__range=begun)
    return OutboundEmail.objects.select_related(*_NEEDED).exclude(mailbox__in=slow.values("mailbox"))


def deliver(outbound: OutboundEmail) -> None:
    """Send one claimed mail and write the outcome."""
    OutboundEmail.objects.filter(pk=outbound.pk).update(state=OutboundState.SENDING)
    _tell(outbound, Delivery.SENDING)
    try:
        refused = send(outbound)
    except NotSent as error:
        _not_sent(outbound, error, timezone.now())
    except Exception as error:  # what a backend or a broken file may raise must not stop the mails behind it
        logger.exception("outgoing mail %s could not be made", outbound.pk)
        _not_sent(outbound, NotSent(type(error).__name__), timezone.now())
    else:
        _sent(outbound, timezone.now(), refused)


def _sent(outbound: OutboundEmail, now: datetime, refused: dict[str, str]) -> None:
    """`refused`: who does not get it although the others do; said in the history, for the mail itself has left."""
    words = "; ".join(f"{to}: {said}" for to, said in refused.items())
    response = _("Accepted, but not for everybody: %s") % words if words else _("Accepted by the mail server.")
    with transaction.atomic():
        if not finish(outbound, now=now, state=OutboundState.SENT, sent_at=now, response=clean_line(response, 500)):
            return
        _tell(outbound, Delivery.SENT)
        _note_refused(refused, now)
        if words and outbound.message is not None:
            ticket = lock_ticket(outbound.message.ticket_id)
            record(ticket, EventKind.DELIVERY, None, seq=outbound.message.seq, error=clean_line(words, 300))


def _note_refused(refused: dict[str, str], now: datetime) -> None:
    for to, said in refused.items():
        if is_for_good(said):
            note_bounce(to, said, now=now)


def _not_sent(outbound: OutboundEmail, error: NotSent, now: datetime) -> None:
    if error.uncertain:
        _uncertain(outbound, error, now)
    elif error.permanent or now - outbound.created_at > GIVE_UP_AFTER:
        _note_refused(error.refused, now)
        _close(outbound, OutboundState.FAILED, error.reason, now)
    else:
        _later(outbound, error, now + backoff(outbound.attempts), outbound.uncertain_count)


def _uncertain(outbound: OutboundEmail, error: NotSent, now: datetime) -> None:
    """Perhaps it arrived. One more try at most: two copies with one Message-ID are better than none."""
    if outbound.uncertain_count:
        _close(outbound, OutboundState.UNCERTAIN, _("It is not known whether it arrived: %s") % error.reason, now)
    else:
        _later(outbound, error, now + UNCERTAIN_RETRY, 1)


def _later(outbound: OutboundEmail, error: NotSent, until: datetime, uncertain_count: int) -> None:
    with transaction.atomic():
        held = postpone(
            outbound,
            until=until,
            error=error.reason,
            state=OutboundState.QUEUED,
            response=clean_line(error.reason, 500),
            uncertain_count=uncertain_count,
        )
        if held:
            _tell(outbound, Delivery.QUEUED)


def _close(outbound: OutboundEmail, state: str, reason: str, now: datetime) -> None:
    with transaction.atomic():
        if finish(outbound, now=now, state=state, response=clean_line(reason, 500), last_error=reason):
            _tell(outbound, Delivery.FAILED, error=reason)
            if outbound.message is not None:
                back_to_the_list(outbound.message.ticket_id)


def back_to_the_list(ticket_id: int, *, may_reopen: bool = True) -> None:
    """The customer has not been answered after all: the ticket wants somebody again. In a transaction.

    `may_reopen`: also when it was finished; what a stranger's report says is not enough for that.
    """
    ticket = survivor_of(lock_ticket(ticket_id))
    if not ticket.is_active and not may_reopen:
        return
    if ticket.status != Status.OPEN:
        change_status(None, ticket.pk, Status.OPEN)
    if ticket.snoozed_until is not None:
        snooze_ticket(None, ticket.pk, None)


def _tell(outbound: OutboundEmail, delivery: str, *, error: str = "") -> None:
    """An answer shows in its conversation how far it got; a letter's row is all there is of it."""
    if outbound.message is not None:
        set_delivery(outbound.message, delivery, error=error)
