"""How the list looks now, for the rows that a client holds and the tickets it heard of."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.requests import AgentRequest, agent_page
from console.selectors.rows import matches, rows_by_id
from console.selectors.ticket_views import find_view, has_view, views_for, with_risk
from console.views.shell import BESIDE, rail
from core.text import clean_line
from tickets.permissions import visible_tickets

MOST_IDS = 200


@require_safe
@agent_page
def changes(request: AgentRequest) -> HttpResponse:
    """Counts, the changed rows among `rows`, and which of `heard` have newly come into the view.

    A row that left the view is marked, not removed: nothing may move under the reader's cursor.
    """
    now, agent = timezone.now(), request.user
    tickets = visible_tickets(agent)
    views = views_for(agent)
    key = clean_line(request.GET.get("view", ""), 40)
    view = find_view(views, key if has_view(views, key) else BESIDE)
    shown, heard = _ids(request.GET.get("rows", "")), _ids(request.GET.get("heard", ""))
    inside = with_risk(tickets, now).filter(view.condition(agent), pk__in=shown | heard)
    if search := clean_line(request.GET.get("q", "")):
        inside = inside.filter(matches(search))
    members = set(inside.values_list("pk", flat=True))
    context = rail(tickets, views, agent, now) | {
        "view": view,
        "rows": rows_by_id(tickets, shown, agent, now) if shown else [],
        "members": members,
        "news": sorted((heard - shown) & members),
    }
    return render(request, "console/_live.html", context)


def _ids(text: str) -> set[int]:
    """Numbers separated by commas; anything else is left out."""
    parts = text.split(",")[:MOST_IDS]
    return {int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19}
