"""Messages of a chat as a mail: the talk to keep, or answers that nobody was there to read.

No address from the visitor's browser (page, referrer) stands in it: whoever typed somebody else's email into the widget
could send them a link of their choice in our name.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat.languages import choose_language, direction_of
from chat.models import ChatSession
from core.text import clean_line
from tickets.letters import Letter
from tickets.models import AuthorKind, Message


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it stands in the mail. `who` is empty for a line of the house."""

    who: str
    at: datetime
    text: str
    files: list[str]


def letter_of(
    session: ChatSession,
    messages: Sequence[Message],
    *,
    to: str,
    kind: str,
    subject: str | Promise,
    foot: str | Promise,
) -> Letter:
    """The messages in the visitor's language and time.

    Args:
        messages: with agent and attachments loaded, in order, public.
        subject, foot: lazy sentences with %-names: brand, date (of the start), zone.
    """
    language, brand = choose_language(session.language), session.ticket.brand
    with translation.override(language), timezone.override(zone_of(session)):
        names = {
            "brand": brand.name,
            "date": date_format(timezone.localtime(session.started_at), "DATE_FORMAT"),
            "zone": timezone.get_current_timezone_name(),
        }
        title, end = str(subject) % names, str(foot) % names
        lines = [_line(message, session) for message in messages]
        page = {
            "subject": title,
            "foot": end,
            "lines": lines,
            "accent": session.widget.shown_accent,
            "language": language,
            "direction": direction_of(language),
        }
        html, text = render_to_string("chat/letter.html", page), _plain(title, lines, end)
    return Letter(brand=brand, to=to, subject=title, text=text, html=html, ticket=session.ticket, kind=kind)


def zone_of(session: ChatSession) -> tzinfo:
    """The visitor's own zone, as their browser named it; UTC when there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(session.time_zone) if session.time_zone else UTC
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _line(message: Message, session: ChatSession) -> Line:
    if message.author_kind == AuthorKind.CUSTOMER:
        who = clean_line(session.visitor_name) or _("You")
    else:
        who = message.agent.name if message.agent else ""
    files = [attachment.name for attachment in message.attachments.all()]
    return Line(who, timezone.localtime(message.created_at), message.text, files)


def _plain(subject: str, lines: Sequence[Line], foot: str) -> str:
    said = []
    for line in lines:
        stamp = date_format(line.at, "TIME_FORMAT")
        head = f"{line.who} ({stamp}):" if line.who else f"({stamp})"
        files = [_("Attached: %(name)s") % {"name": name} for name in line.files]
        said.append("\n".join(part for part in (head, line.text, *files) if part))
    return "\n\n".join([subject, *said, f"-- \n{foot}"]) + "\n"
