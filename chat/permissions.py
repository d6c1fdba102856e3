"""The doors of the widget: which site may show it, and which session a token opens."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from agents.permissions import visible_brands
from chat.errors import WrongOrigin
from chat.models import ChatSession, Widget
from chat.selectors import chats_of_browser, chats_of_visitor
from core.errors import Invalid, NotFound
from core.text import clean_line


def check_colleague(colleague: Agent, brand_id: int) -> None:
    """Raise Invalid unless `colleague` could answer a chat of the brand."""
    if not colleague.is_active or not visible_brands(colleague).filter(pk=brand_id).exists():
        raise Invalid(_("%(name)s does not work for the chat's brand.") % {"name": colleague.name})


def access_widget(public_key: str, *, origin: str, host: str) -> Widget:
    """The active widget with this key, for a page at `origin`. Raises NotFound, WrongOrigin.

    Args:
        origin: the Origin header; empty when the client sent none.
        host: the Host header: pages that we serve ourselves (the demo shop) may always show a widget.
    """
    key = clean_line(public_key, 40)
    widget = Widget.objects.select_related("brand").filter(public_key=key, is_active=True).first()
    if widget is None:
        raise NotFound()
    if not is_origin_allowed(widget, origin, host):
        raise WrongOrigin()
    return widget


def is_origin_allowed(widget: Widget, origin: str, host: str) -> bool:
    """True for our own pages and for the widget's domains. No Origin at all is the callers' matter."""
    if not origin:
        return True
    try:
        parts = urlsplit(origin.lower())
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not name:
        return False
    return parts.netloc == host.lower() or any(_matches(name, port, domain) for domain in widget.allowed_domains)


def _matches(name: str, port: int | None, domain: str) -> bool:
    """`shop.example.com` is that host on any port, with `:8080` on that port; `*.example.com` is every host below."""
    wanted, _, wanted_port = domain.strip().lower().partition(":")
    if wanted_port and wanted_port != str(port or ""):
        return False
    return name.endswith(wanted[1:]) if wanted.startswith("*.") else name == wanted


def access_session(widget: Widget, visitor_hash: str, public_id: str) -> ChatSession:
    """The visitor's own session on this widget. Raises NotFound for anybody else's, as if it did not exist."""
    session = (
        ChatSession.objects.select_related("ticket__brand", "ticket__customer", "ticket__team", "accepted_by", "widget")
        .filter(chats_of_browser(widget, visitor_hash), public_id=clean_line(public_id, 16))
        .first()
    )
    if session is None:
        raise NotFound()
    return session


def access_readable_session(widget: Widget, visitor_hash: str, public_id: str) -> ChatSession:
    """A chat that this browser may read (`selectors.chats_of_visitor`). Raises NotFound for any other."""
    readable = chats_of_visitor(widget, visitor_hash, now=timezone.now()).select_related(
        "ticket__brand", "ticket__customer", "ticket__team", "accepted_by", "widget"
    )
    session = readable.filter(public_id=clean_line(public_id, 16)).first()
    if session is None:
        raise NotFound()
    return session
