"""Reads for the console: who waits, and what is known about the person at the other end."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from agents.permissions import visible_brands
from chat.browsers import describe_browser
from chat.models import ChatSession, KnownVisitor, State, Widget
from core.errors import NotFound
from crm.actions import surviving
from crm.models import Proof
from tickets.models import Ticket


def session_of(ticket: Ticket) -> ChatSession:
    """The chat of a ticket. Raises NotFound when it has none."""
    session = ChatSession.objects.select_related("widget", "accepted_by").filter(ticket_id=ticket.pk).first()
    if session is None:
        raise NotFound(_("This ticket has no chat."))
    return session


def known_visitor(widget: Widget, visitor_hash: str, *, now: datetime) -> KnownVisitor | None:
    """Whom the site vouches for in this browser, while its signature holds."""
    known = _last_known(widget, visitor_hash)
    return known if known is not None and known.expires_at > now else None


def chats_of_browser(widget: Widget, visitor_hash: str) -> Q:
    """What was said in this browser on this widget. Under a name for which the site vouched only while the browser is
    that person's, also when the signature has run out; not after they logged out or somebody else logged in."""
    return _own_chats(widget, visitor_hash, _last_known(widget, visitor_hash))


def chats_of_visitor(widget: Widget, visitor_hash: str, *, now: datetime) -> QuerySet[ChatSession]:
    """Chats that this browser may read: its own on this widget, and of the brand those of whom the site vouches for."""
    known = _last_known(widget, visitor_hash)
    may_read = _own_chats(widget, visitor_hash, known)
    if known is not None and known.expires_at > now:
        customer = surviving(known.customer)
        may_read |= Q(ticket__brand_id=widget.brand_id, ticket__customer=customer, proof=Proof.SIGNED)
    return ChatSession.objects.select_related("ticket", "accepted_by").filter(may_read).order_by("-started_at", "-pk")


def lost_chats(session_ids: Collection[int]) -> set[int]:
    """Of these chats those that the browser they began in may no longer open: the answer of `chats_of_browser`, for
    many at once. One query where nobody is vouched for, else two."""
    signed = ChatSession.objects.filter(pk__in=session_ids, proof=Proof.SIGNED)
    rows = list(signed.values_list("pk", "widget_id", "visitor_hash", "ticket__customer_id"))
    if not rows:
        return set()
    visitors = KnownVisitor.objects.select_related("customer__merged_into")
    owners = {
        (known.widget_id, known.visitor_hash): surviving(known.customer).pk
        for known in visitors.filter(visitor_hash__in={row[2] for row in rows})
    }
    return {pk for pk, widget, browser, customer in rows if owners.get((widget, browser)) != customer}


def _last_known(widget: Widget, visitor_hash: str) -> KnownVisitor | None:
    known = KnownVisitor.objects.select_related("customer__merged_into")
    return known.filter(widget=widget, visitor_hash=visitor_hash).first()


def _own_chats(widget: Widget, visitor_hash: str, known: KnownVisitor | None) -> Q:
    own, unnamed = Q(widget=widget, visitor_hash=visitor_hash), ~Q(proof=Proof.SIGNED)
    if known is None:
        return own & unnamed
    return own & (unnamed | Q(ticket__customer=surviving(known.customer)))


def find_session(ticket: Ticket) -> ChatSession | None:
    sessions = ChatSession.objects.select_related("widget", "accepted_by", "invitation")
    return sessions.filter(ticket_id=ticket.pk).first()


def waiting_chats(agent: Agent) -> QuerySet[ChatSession]:
    """Chats that nobody has accepted yet, of the agent's brands, longest waiting first."""
    return _visible(agent).filter(state=State.WAITING).order_by("queued_at", "pk")


def own_chats(agent: Agent) -> QuerySet[ChatSession]:
    """The agent's running chats, oldest first."""
    return _visible(agent).filter(state=State.ACTIVE, accepted_by=agent).order_by("accepted_at", "pk")


def _visible(agent: Agent) -> QuerySet[ChatSession]:
    brands = tuple(visible_brands(agent).values_list("pk", flat=True))
    return ChatSession.objects.filter(ticket__brand__in=brands).select_related(
        "ticket__customer", "ticket__brand", "ticket__assignee", "widget", "accepted_by"
    )


@dataclass(frozen=True, slots=True)
class ChatContext:
    """What the customer panel shows of a chat. Everything the browser said is unverified."""

    session: ChatSession
    state: str
    page_url: str
    page_title: str
    referrer: str
    browser: str
    local_time: datetime | None
    time_zone: str
    language: str
    name: str
    email: str
    proof: str
    earlier_chats: int


def chat_context(ticket: Ticket, *, now: datetime | None = None) -> ChatContext | None:
    """None for a ticket without a chat. `page_url` and `referrer` are http(s) addresses or empty: safe to link."""
    session = find_session(ticket)
    if session is None:
        return None
    earlier = ChatSession.objects.filter(visitor_hash=session.visitor_hash, started_at__lt=session.started_at)
    return ChatContext(
        session=session,
        state=session.get_state_display(),
        page_url=_web_address(session.page_url),
        page_title=session.page_title,
        referrer=_web_address(session.referrer),
        browser=describe_browser(session.user_agent),
        local_time=_local_time(session.time_zone, now or timezone.now()),
        time_zone=session.time_zone,
        language=session.language,
        name=session.visitor_name,
        email=session.visitor_email,
        proof=session.get_proof_display(),
        earlier_chats=earlier.count(),
    )


def _web_address(address: str) -> str:
    return address if address.lower().startswith(("http://", "https://")) else ""


def _local_time(zone: str, now: datetime) -> datetime | None:
    """The visitor's wall clock, or None when their browser named no zone that exists."""
    try:
        return now.astimezone(zoneinfo.ZoneInfo(zone)) if zone else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
