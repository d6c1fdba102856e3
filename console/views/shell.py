"""What every console page shares: the rail's views with counts, and one page of the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from agents.models import Agent
from console.requests import AgentRequest
from console.selectors.chats import chat_lists
from console.selectors.rows import list_page
from console.selectors.ticket_views import TicketView, figures, find_view, has_view, views_for
from core.text import clean_line
from tickets.models import Ticket
from tickets.permissions import visible_tickets

DEFAULT_VIEW = "mine"
BESIDE = "open"
"""What stands beside a conversation that was opened from elsewhere."""


CHATS = "chats"
"""The view that is no list of tickets but of chats: waiting ones and one's own."""


def rail_context(request: AgentRequest, now: datetime) -> dict[str, Any]:
    """The views and their counts for the rail."""
    agent = request.user
    return rail(visible_tickets(agent), views_for(agent), agent, now)


def rail(tickets: QuerySet[Ticket], views: list[TicketView], agent: Agent, now: datetime) -> dict[str, Any]:
    """`views`: pairs of a view and its count; `own_chats`: the agent's running chats; `now`."""
    found = figures(tickets, views, agent, now)
    return {
        "views": [(view, found.counts.get(view.key)) for view in views],
        "own_chats": found.own_chats,
        "unanswered": found.unanswered,
        "now": now,
    }


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
    context = rail(tickets, views, agent, now) | {"view": view}
    if view.key == CHATS:
        return context | {"section": "chats", "chats": chat_lists(agent)}
    search = clean_line(request.GET.get("q", ""))
    return context | {
        "page": list_page(tickets, view, agent, now, search=search, after=request.GET.get("after", "")),
        "search": search,
        "section": "inbox",
    }


def view_or_default(request: AgentRequest) -> str:
    """The view that an address names; a conversation opened from elsewhere stands beside all open ones."""
    key = clean_line(request.GET.get("view", ""), 40)
    return key if has_view(views_for(request.user), key) else BESIDE
