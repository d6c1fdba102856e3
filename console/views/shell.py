"""What every console page shares: the rail's views with counts, and one page of the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from console.requests import AgentRequest
from console.selectors.rows import list_page
from console.selectors.ticket_views import counts, find_view, has_view, views_for
from core.text import clean_line
from tickets.models import Ticket
from tickets.permissions import visible_tickets

DEFAULT_VIEW = "mine"
BESIDE = "open"
"""What stands beside a conversation that was opened from elsewhere."""


def rail_context(request: AgentRequest, now: datetime) -> dict[str, Any]:
    """The views and their counts for the rail."""
    agent = request.user
    views = views_for(agent)
    found = counts(visible_tickets(agent), views, agent, now)
    return {"views": [(view, found.get(view.key)) for view in views], "now": now}


def list_context(
    request: AgentRequest, key: str, *, tickets: QuerySet[Ticket] | None = None, lenient: bool = False
) -> dict[str, Any]:
    """Rail and list of the view `key`. Raises NotFound for a view that this agent does not have; when `lenient` all
    open tickets are shown instead. `tickets`: what the agent may see, if the caller has it already."""
    now = timezone.now()
    agent = request.user
    tickets = visible_tickets(agent) if tickets is None else tickets
    views = views_for(agent)
    view = find_view(views, key if not lenient or has_view(views, key) else BESIDE)
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
    return key if has_view(views_for(request.user), key) else BESIDE
