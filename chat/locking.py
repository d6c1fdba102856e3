"""Locks of the chat. Order: visitor, lines, ticket, never the other way round."""

from __future__ import annotations

from django.db import connection

from chat.models import ChatSession
from core.errors import NotFound
from tickets.locking import lock_ticket


def lock_visitor(visitor_hash: str) -> None:
    """Let one transaction at a time decide which chats and which customer this visitor has.

    An advisory lock, because at the first start there is no row yet that could be locked.
    """
    key = int(visitor_hash[:16], 16) - 2**63
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


_LINE_CLASS = 0x4C494E45  # "LINE"


def lock_lines(brand_id: int) -> None:
    """Let one transaction at a time decide which of the brand's lines takes one more.

    Wanted only where a line has a limit; of the whole brand, because a full line asks another one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LINE_CLASS, brand_id])


def lock_session(session_id: int) -> ChatSession:
    """The session with its locked ticket, read after the lock was had. Raises NotFound."""
    ticket_id = ChatSession.objects.filter(pk=session_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise NotFound()
    ticket = lock_ticket(ticket_id)
    session = ChatSession.objects.select_related("widget", "accepted_by").filter(pk=session_id).first()
    if session is None:  # deleted while we waited for the lock
        raise NotFound()
    session.ticket = ticket
    return session
