"""Keeping somebody out of a widget.

A new browser (or emptied storage) is a new visitor, so a block can also follow who the site says they are, the email
that they give, and for some days the network from which they come. The last two may hit others, so an agent asks for
them one by one.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from agents.models import Agent
from chat.actions.transitions import to_ended
from chat.errors import VisitorBlocked
from chat.locking import lock_session
from chat.models import BlockedVisitor, ChatSession, EndedBy, KnownVisitor, VisitorAddress, Widget
from core.text import clean_line
from crm.actions import normalise_email
from crm.models import Proof
from tickets.history import record
from tickets.models import EventKind

ADDRESS_FOR = timedelta(days=7)
"""How long a network address is remembered, and blocked at most."""
HOME_NETWORK = 64
"""Bits of an IPv6 address that name a household; its devices change the others every day."""


def block_visitor(
    session: ChatSession,
    by: Agent,
    *,
    reason: str = "",
    lasts: timedelta | None = None,
    by_email: bool = False,
    by_address: bool = False,
    now: datetime,
) -> BlockedVisitor:
    """Keep the chat's visitor out of its widget for `lasts`, or for good, and end the chat. Again sets it anew.

    Publishes ChatStateChanged when the chat was open.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        address = VisitorAddress.objects.filter(session=locked).first() if by_address else None
        blocked, _is_new = BlockedVisitor.objects.update_or_create(
            widget=locked.widget,
            visitor_hash=locked.visitor_hash,
            defaults={
                "external_id": _vouched_for(locked),
                "email": normalise_email(locked.visitor_email) if by_email and locked.visitor_email else "",
                "address_hash": address.address_hash if address else "",
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


def unblock_visitor(session: ChatSession, by: Agent, *, now: datetime) -> bool:
    """Let the chat's visitor in again. False when they were not kept out."""
    with transaction.atomic():
        locked = lock_session(session.pk)
        lifted, _rows = BlockedVisitor.objects.filter(widget=locked.widget, visitor_hash=locked.visitor_hash).delete()
        if lifted:
            record(locked.ticket, EventKind.CHAT, by, at=now, what="unblocked")
    return bool(lifted)


def standing_block(session: ChatSession, *, now: datetime) -> BlockedVisitor | None:
    """The block of this chat's browser that holds now."""
    found = BlockedVisitor.objects.filter(_holds(now), widget=session.widget_id, visitor_hash=session.visitor_hash)
    return found.select_related("created_by").first()


def check_not_blocked(widget: Widget, visitor_hash: str, *, email: str = "", address: str = "", now: datetime) -> None:
    """Raise VisitorBlocked for who is kept out: by their browser, whoever the site says they are, the `email` that they
    give or the network `address` from which they come."""
    vouched = KnownVisitor.objects.filter(widget=widget, visitor_hash=visitor_hash, expires_at__gt=now)
    who = Q(visitor_hash=visitor_hash) | (Q(external_id__in=vouched.values("external_id")) & ~Q(external_id=""))
    if email:
        who |= Q(email=normalise_email(clean_line(email, 320)))
    if hashed := hash_address(widget, address):
        who |= Q(address_hash=hashed, created_at__gt=now - ADDRESS_FOR)
    if BlockedVisitor.objects.filter(_holds(now), who, widget=widget).exists():
        raise VisitorBlocked()


def note_address(session: ChatSession, address: str, *, now: datetime) -> None:
    """Remember from where the chat was started, in case it is to be blocked."""
    if hashed := hash_address(session.widget, address):
        VisitorAddress.objects.create(session=session, address_hash=hashed, noted_at=now)


def forget_addresses(now: datetime) -> int:
    """Return how many network addresses were too old to be kept."""
    old = now - ADDRESS_FOR
    forgotten, _rows = VisitorAddress.objects.filter(noted_at__lte=old).delete()
    return forgotten + BlockedVisitor.objects.filter(~Q(address_hash=""), created_at__lte=old).update(address_hash="")


def hash_address(widget: Widget, address: str) -> str:
    """Keyed with the installation's secret and the brand; empty for what is no address. IPv6 by its network."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        parsed = mapped or ipaddress.ip_network((parsed, HOME_NETWORK), strict=False).network_address
    return salted_hmac("chat.visitor-address", f"{widget.brand_id}:{parsed}", algorithm="sha256").hexdigest()


def _vouched_for(session: ChatSession) -> str:
    """Who the site said it is, if the chat is under that name."""
    if session.proof != Proof.SIGNED:
        return ""
    known = KnownVisitor.objects.filter(widget=session.widget_id, visitor_hash=session.visitor_hash)
    return known.values_list("external_id", flat=True).first() or ""


def _holds(now: datetime) -> Q:
    return Q(until__isnull=True) | Q(until__gt=now)
