"""The whole talk by email, for the visitor to keep."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat.events import ChatStateChanged
from chat.frames import public_messages
from chat.languages import choose_language, direction_of
from chat.locking import lock_session
from chat.models import ChatSession
from core.errors import Conflict, Forbidden
from core.events import publish
from core.text import clean_line
from crm.actions import check_email
from tickets.letters import Letter, send_letter
from tickets.models import AuthorKind, Message

MOST_PER_CHAT = 3
MOST_MESSAGES = 2000
"""Of a longer talk the newest."""
REPEATED_WITHIN = timedelta(seconds=10)
"""Asking again this soon is the same wish, whose answer was lost."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it stands in the mail. `who` is empty for a line of the house."""

    who: str
    at: datetime
    text: str
    files: list[str]
    is_visitor: bool


def send_transcript(session: ChatSession, email: str, *, now: datetime | None = None) -> None:
    """Put the transcript into the outbox, in the visitor's language and time; `email` empty: the address given before.

    Only a talk that an agent has answered is sent: a form anybody can reach must not mail a stranger's words to
    strangers. Raises Invalid (no address, no mailbox), Forbidden, Conflict. Publishes ChatStateChanged.
    """
    now = now or timezone.now()
    with transaction.atomic():
        held = lock_session(session.pk)
        if not held.widget.offer_transcript:
            raise Forbidden(_("This chat sends no transcripts."))
        address = check_email(email or held.visitor_email)
        if held.transcript_sent_at and now - held.transcript_sent_at < REPEATED_WITHIN:
            return
        if held.transcripts >= MOST_PER_CHAT:
            raise Conflict(
                _("The transcript of this chat was sent %(most)s times already.") % {"most": MOST_PER_CHAT},
                code="transcript_limit",
            )
        _post(held, address)
        held.transcripts += 1
        held.transcript_sent_at = now
        held.save(update_fields=["transcripts", "transcript_sent_at"])
        ticket = held.ticket
        publish(ChatStateChanged(session_id=held.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=held.state))


def _post(session: ChatSession, address: str) -> None:
    messages = list(public_messages(session).order_by("-seq").prefetch_related("attachments")[:MOST_MESSAGES])[::-1]
    if not any(message.agent_id for message in messages):
        raise Conflict(_("Nobody has answered yet, so there is no transcript to send."), code="not_answered")
    language = choose_language(session.language)
    with translation.override(language), timezone.override(_zone(session.time_zone)):
        brand = session.ticket.brand
        started = date_format(timezone.localtime(session.started_at), "DATE_FORMAT")
        subject = _("Your chat with %(brand)s, %(date)s") % {"brand": brand.name, "date": started}
        lines = [_line(message, session) for message in messages]
        page = {
            "brand": brand,
            "subject": subject,
            "lines": lines,
            "accent": session.widget.shown_accent,
            "language": language,
            "direction": direction_of(language),
            "zone": timezone.get_current_timezone_name(),
        }
        html = render_to_string("chat/transcript.html", page)
        text = _plain(subject, lines, str(page["zone"]))
    send_letter(
        Letter(brand=brand, to=address, subject=subject, text=text, html=html, ticket=session.ticket, kind="transcript")
    )


def _line(message: Message, session: ChatSession) -> Line:
    is_visitor = message.author_kind == AuthorKind.CUSTOMER
    who = (clean_line(session.visitor_name) or _("You")) if is_visitor else message.agent.name if message.agent else ""
    files = [attachment.name for attachment in message.attachments.all()]
    return Line(who, timezone.localtime(message.created_at), message.text, files, is_visitor)


def _plain(subject: str, lines: list[Line], zone: str) -> str:
    said = []
    for line in lines:
        stamp = date_format(line.at, "TIME_FORMAT")
        head = f"{line.who} ({stamp}):" if line.who else f"({stamp})"
        files = [_("Attached: %(name)s") % {"name": name} for name in line.files]
        said.append("\n".join(part for part in (head, line.text, *files) if part))
    foot = _("All times: %(zone)s. You get this mail because it was asked for in the chat.") % {"zone": zone}
    return "\n\n".join([subject, *said, "-- ", foot]) + "\n"


def _zone(name: str) -> tzinfo:
    """The visitor's own zone, as their browser named it; UTC when there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(name) if name else UTC
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
