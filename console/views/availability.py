from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from agents.actions import set_availability
from console.availability import parse_choice
from console.requests import AgentRequest, agent_page, is_fragment


@require_http_methods(["GET", "POST"])
@agent_page
def change(request: AgentRequest) -> HttpResponse:
    """Set one's own availability; asked for, the menu as it stands."""
    if request.method == "GET":
        return render(request, "console/_availability.html") if is_fragment(request) else redirect("console:home")
    state, reason = parse_choice(request.POST.get("state", ""))
    set_availability(request.user.pk, state, reason=reason)
    if not is_fragment(request):
        return redirect("console:home")
    request.user.refresh_from_db(fields=["availability", "away_reason"])
    return render(request, "console/_availability.html")
