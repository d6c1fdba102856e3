from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agents.models import Agent
from agents.permissions import check_supervisor
from dashboard.selectors import figures_for
from dashboard.tiles import tiles_of

Page = Callable[[HttpRequest, Agent], HttpResponse]


def supervisor_page(page: Page) -> Callable[[HttpRequest], HttpResponse]:
    """For supervisors and administrators. Agents get the 403 page, strangers the log-in page."""

    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, Agent):
            return _turn_away(request)
        check_supervisor(request.user)
        return page(request, request.user)

    return never_cache(require_safe(guarded))


def _turn_away(request: HttpRequest) -> HttpResponse:
    """A poll whose session has ended must not put the log-in page into the middle of the figures."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("account_login")})
    return redirect_to_login(request.get_full_path())


@supervisor_page
def home(request: HttpRequest, viewer: Agent) -> HttpResponse:
    return render(request, "dashboard/home.html", {"section": "dashboard"} | _context(viewer))


@supervisor_page
def figures(request: HttpRequest, viewer: Agent) -> HttpResponse:
    """The same figures anew, as the fragment that the page polls."""
    return render(request, "dashboard/_figures.html", _context(viewer))


def _context(viewer: Agent) -> dict[str, Any]:
    found = figures_for(viewer, timezone.now())
    return {"figures": found, "tiles": tiles_of(found)}
