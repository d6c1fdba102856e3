"""The list of one view."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from console.requests import AgentRequest, agent_page, is_fragment
from console.views.shell import CHATS, DEFAULT_VIEW, list_context


@require_safe
@agent_page
def home(request: AgentRequest) -> HttpResponse:
    return redirect("console:view", DEFAULT_VIEW)


@require_safe
@agent_page
def ticket_list(request: AgentRequest, key: str) -> HttpResponse:
    """The page; to htmx the rows after a cursor, or the list alone."""
    context = list_context(request, key)
    if not is_fragment(request):
        return render(request, "console/inbox.html", context)
    if key == CHATS:
        return render(request, "console/_chats.html", context)
    template = "console/_rows.html" if request.GET.get("after") else "console/_list.html"
    return render(request, template, context)
