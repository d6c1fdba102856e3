"""The whole talk by email, for the visitor to keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.events import ChatStateChanged
from chat.frames import public_messages
from chat.letters import letter_of
from chat.locking import lock_session
from chat.models import ChatSession
from core.errors import Conflict, Forbidden
from core.events import publish
from crm.actions import check_email
from tickets.letters import Letter, send_letter

SUBJECT = gettext_lazy("Your chat with %(brand)s, %(date)s")
FOOT = gettext_lazy("All times: %(zone)s. You get this mail because it was asked for in the chat.")
MOST_PER_CHAT = 3
MOST_MESSAGES = 2000
"""Of a longer talk the newest."""
REPEATED_WITHIN = timedelta(seconds=10)
"""Asking again this soon is the same wish, whose answer was lost."""


def send_transcript(
    session: ChatSession, email: str, *, now: datetime | None = None, allow: Callable[[str], None] | None = None
) -> None:
    """Put the transcript into the outbox, in the visitor's language and time; `email` empty: the address given before.

    Only a talk that an agent has answered is sent: a form that anybody can reach must not mail a stranger's words to
    strangers. Raises Invalid (no address, no mailbox), Forbidden, Conflict. Publishes ChatStateChanged.

    Args:
        allow: is given the address once nothing else is in the way, and may raise.
    """
    now = now or timezone.now()
    with transaction.atomic():
        held = lock_session(session.pk)
        if not held.widget.offer_transcript:
            raise Forbidden(_("This chat sends no transcripts."))
        address = check_email(email or held.visitor_email)
        if _is_repeated(held, address, now):
            return
        if held.transcripts >= MOST_PER_CHAT:
            raise Conflict(
                _("The transcript of this chat was sent %(most)s times already.") % {"most": MOST_PER_CHAT},
                code="transcript_limit",
            )
        letter = _letter(held, address)
        if allow is not None:
            allow(address)
        send_letter(letter)
        held.transcripts += 1
        held.transcript_sent_at = now
        held.save(update_fields=["transcripts", "transcript_sent_at"])
        ticket = held.ticket
        publish(ChatStateChanged(session_id=held.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=held.state))


def _is_repeated(session: ChatSession, address: str, now: datetime) -> bool:
    """Whether the last transcript left just now, to this very address: a corrected one is another wish."""
    if session.transcript_sent_at is None or now - session.transcript_sent_at >= REPEATED_WITHIN:
        return False
    last = session.ticket.letters.filter(kind="transcript").order_by("-pk").first()
    return last is not None and last.to == address


def _letter(session: ChatSession, address: str) -> Letter:
    newest_first = public_messages(session).order_by("-seq").prefetch_related("attachments")[:MOST_MESSAGES]
    messages = list(newest_first)[::-1]
    if not any(message.agent_id for message in messages):
        raise Conflict(_("Nobody has answered yet, so there is no transcript to send."), code="not_answered")
    return letter_of(session, messages, to=address, kind="transcript", subject=SUBJECT, foot=FOOT)
