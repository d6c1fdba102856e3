"""The one place where errors become answers, and an agent's language and time zone become the request's."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.errors import AppError, Invalid

GetResponse = Callable[[HttpRequest], HttpResponse]


class UnusableCharacters:
    """An address with a NUL in it is refused here: PostgreSQL's text cannot hold one, so no view could use it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return error_response(
                request, Invalid(_("The address contains characters that cannot be used."), status=400)
            )
        return self.get_response(request)


class AgentPreferences:
    """Pages speak the signed-in agent's language and show times in their zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        agent = request.user
        if not isinstance(agent, Agent):
            return self.get_response(request)
        with (
            translation.override(agent.language),
            timezone.override(zoneinfo.ZoneInfo(agent.time_zone)),
        ):
            return self.get_response(request)


class AppErrors:
    """AppError -> an answer in the form the client asked for: JSON, an htmx fragment or a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, AppError):
            return None
        return error_response(request, exception)


def error_response(request: HttpRequest, error: AppError) -> HttpResponse:
    """The answer for an expected error. htmx gets `errors/_error.html`, which the console shows as a notice."""
    if "application/json" in request.headers.get("Accept", "") or request.path_info.startswith("/api/"):
        body = {"error": {"code": error.code, "message": str(error.message)}}
        return JsonResponse(body, status=error.status)
    template = "errors/_error.html" if request.headers.get("HX-Request") else "errors/error.html"
    return render(request, template, {"error": error}, status=error.status)
