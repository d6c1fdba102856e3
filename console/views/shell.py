"""What every console page shares: the rail's views with counts, and one page of the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from console.requests import AgentRequest
from console.selectors.rows import list_page
from console.selectors.ticket_views import TicketView, counts, find_view, views_for
from core.errors import NotFound
from core.text import clean_line
from tickets.permissions import visible_tickets

DEFAULT_VIEW = "mine"


def rail_context(request: AgentRequest, now: datetime) -> dict[str, Any]:
    """The views and their counts for the rail."""
    agent = request.user
    views = views_for(agent)
    found = counts(visible_tickets(agent), views, agent, now)
    return {"views": [(view, found.get(view.key)) for view in views], "now": now}


def list_context(request: AgentRequest, key: str) -> dict[str, Any]:
    """Rail and list of the view `key`. Raises NotFound for a view that this agent does not have."""
    now = timezone.now()
    agent = request.user
    tickets = visible_tickets(agent)
    views = views_for(agent)
    view = find_view(views, key)
    search = clean_line(request.GET.get("q", ""))
    found = counts(tickets, views, agent, now)
    return {
        "views": [(each, found.get(each.key)) for each in views],
        "view": view,
        "page": list_page(tickets, view, agent, now, search=search, after=request.GET.get("after", "")),
        "search": search,
        "section": "chats" if view.key == "chats" else "inbox",
        "now": now,
    }


def view_or_default(request: AgentRequest) -> str:
    """The view that an address names; a conversation opened from elsewhere stands beside all open ones."""
    key = clean_line(request.GET.get("view", ""), 40)
    try:
        find_view(views_for(request.user), key)
    except NotFound:
        return "open"
    return key


__all__ = ["DEFAULT_VIEW", "TicketView", "list_context", "rail_context", "view_or_default"]
