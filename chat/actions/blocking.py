"""Keeping a browser out of a widget."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from agents.models import Agent
from chat.actions.transitions import to_ended
from chat.errors import VisitorBlocked
from chat.locking import lock_session
from chat.models import BlockedVisitor, ChatSession, EndedBy, Widget
from core.text import clean_line
from tickets.history import record
from tickets.models import EventKind


def block_visitor(
    session: ChatSession, by: Agent, *, reason: str = "", lasts: timedelta | None = None, now: datetime
) -> BlockedVisitor:
    """Keep the chat's browser out of its widget for `lasts`, or for good, and end the chat. Again sets it anew.

    Publishes ChatStateChanged when the chat was open.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        blocked, _is_new = BlockedVisitor.objects.update_or_create(
            widget=locked.widget,
            visitor_hash=locked.visitor_hash,
            defaults={
                "reason": clean_line(reason, 200),
                "until": now + lasts if lasts else None,
                "created_by": by,
                "created_at": now,
            },
        )
        record(locked.ticket, EventKind.CHAT, by, at=now, what="blocked", reason=blocked.reason)
        if locked.is_open:
            to_ended(locked, by, EndedBy.AGENT, now)
    return blocked


def check_not_blocked(widget: Widget | int, visitor_hash: str, *, now: datetime) -> None:
    """Raise VisitorBlocked for a browser that is kept out."""
    standing = Q(until__isnull=True) | Q(until__gt=now)
    if BlockedVisitor.objects.filter(standing, widget=widget, visitor_hash=visitor_hash).exists():
        raise VisitorBlocked()
