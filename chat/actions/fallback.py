"""Who left a message and keeps their place gets answers by email, unless their browser got them first.

The row is written with the reply (`chat.channel`); a sweep looks at it UNREAD_AFTER later. The letter and the end of
the row are one transaction, so an answer goes out once, however often a worker dies.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chat.letters import letter_of
from chat.locking import lock_session
from chat.models import EmailFallback
from core.errors import AppError
from core.work import backoff, claim, finish, postpone
from tickets.letters import send_letter
from tickets.models import Delivery, Message

logger = logging.getLogger(__name__)

SUBJECT = _("An answer to your chat with %(brand)s")
FOOT = _("All times: %(zone)s. You left this address in our chat. Answer this mail, or go on in the chat.")
UNREAD_AFTER = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
MOST_TRIES = 12
"""With the growing pauses between them, more than half a day."""
HELD = (Delivery.DELIVERED, Delivery.SEEN)


class LeaseLost(Exception):
    """This worker was too slow: what it wrote is rolled back."""


def mail_later(message: Message, session_id: int, now: datetime) -> None:
    """Call in the reply's transaction."""
    EmailFallback.objects.create(message=message, session_id=session_id, due_at=now + UNREAD_AFTER)


def mail_unread(now: datetime, *, limit: int = 200) -> int:
    """Mail what is due and was not got, the answers of one chat in one letter; return the number of letters."""
    rows = claim(EmailFallback.objects.all(), limit=limit, lease=LEASE, now=now)
    rows.sort(key=lambda row: (row.session_id, row.message_id))
    return sum(_mail(session_id, list(due), now) for session_id, due in groupby(rows, lambda row: row.session_id))


def _mail(session_id: int, rows: list[EmailFallback], now: datetime) -> bool:
    try:
        return _settle(session_id, rows, now)
    except LeaseLost:
        return False
    except AppError as error:
        logger.warning("answers of chat %s cannot be mailed: %s", session_id, error)
        for row in rows:
            if row.attempts >= MOST_TRIES:
                finish(row, now=now, last_error=str(error))
            else:
                postpone(row, until=now + backoff(row.attempts), error=str(error))
        return False


def _settle(session_id: int, rows: list[EmailFallback], now: datetime) -> bool:
    """Raises AppError when no letter can be written, LeaseLost when another worker has taken over."""
    with transaction.atomic():
        session = lock_session(session_id)
        messages = Message.objects.select_related("agent").prefetch_related("attachments")
        unread = list(
            messages.filter(pk__in=[row.message_id for row in rows]).exclude(delivery__in=HELD).order_by("seq")
        )
        letter = unread if session.visitor_email else []
        if letter:
            send_letter(
                letter_of(session, letter, to=session.visitor_email, kind="chat answer", subject=SUBJECT, foot=FOOT)
            )
        mailed = {message.pk for message in letter}
        if not all(finish(row, now=now, sent=row.message_id in mailed) for row in rows):
            raise LeaseLost
    return bool(letter)
