"""The edge of the console: who is asking, in what form, and which fields they sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from agents.models import Agent

P = ParamSpec("P")


class AgentRequest(HttpRequest):
    """A request that `agent_page` has let through: its user is an active agent."""

    user: Agent


def agent_page(
    view: Callable[Concatenate[AgentRequest, P], HttpResponseBase],
) -> Callable[Concatenate[AgentRequest, P], HttpResponseBase]:
    """For signed-in agents alone; others go to the log-in page, in the way their client understands.

    A page and a fragment share an address, so nothing is cached.
    """

    @wraps(view)
    def guarded(request: AgentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        # The annotation tells what `view` may rely on; what arrives is only known after this check.
        user: Any = request.user
        response = view(request, *args, **kwargs) if isinstance(user, Agent) and user.is_active else _turn_away(request)
        patch_vary_headers(response, ["HX-Request", "Accept"])
        return response

    return never_cache(guarded)


def is_fragment(request: HttpRequest) -> bool:
    """True when htmx asked: answer with the piece that changes."""
    return request.headers.get("HX-Request") == "true"


def whole_number(text: str | None, default: int = 0) -> int:
    """A non-negative number that fits a database column; `default` for anything else."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _turn_away(request: HttpRequest) -> HttpResponse:
    login = reverse("account_login")
    if "application/json" in request.headers.get("Accept", ""):
        words = _("You are signed out. Sign in again in another tab, then repeat: what you wrote is kept here.")
        return JsonResponse({"error": {"code": "signed_out", "message": words}}, status=401)
    if is_fragment(request):
        here = urlsplit(request.headers.get("HX-Current-URL", "")).path or reverse("console:home")
        return HttpResponse(status=401, headers={"HX-Redirect": f"{login}?{urlencode({'next': here})}"})
    return redirect_to_login(request.get_full_path(), login)
