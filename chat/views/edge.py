"""The edge of the widget's HTTP API: who asks from where, JSON in, JSON out, errors always in the same form.

No cookie is read or set, so there is nothing for another site to abuse: CSRF checks are off. CORS answers only the
widget's own domains.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from chat.errors import BadFrame, FormError, QueueFull
from chat.models import ChatSession, Widget
from chat.permissions import access_readable_session, access_session, access_widget
from chat.protocol import Fields, parse_object
from chat.tokens import hash_token
from core.errors import AppError, TooLarge

logger = logging.getLogger(__name__)

PREFLIGHT_SECONDS = 3600
MOST_DIGITS = 20
FORM_OVERHEAD = 1024 * 1024
"""Bytes that a multipart body may have beyond its files."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a widget, past the first door."""

    request: HttpRequest
    widget: Widget
    fields: Fields

    @property
    def visitor_hash(self) -> str:
        """Raises BadToken without a proper bearer token."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        return hash_token(token.strip() if scheme.lower() == "bearer" else "")

    @property
    def session(self) -> ChatSession:
        """The visitor's own session that the call names. Raises BadToken, NotFound."""
        return access_session(self.widget, self.visitor_hash, self.fields.text("session", required=True))

    @property
    def readable_session(self) -> ChatSession:
        """A chat that the visitor may read: their own, or an earlier one of whom the site vouches for."""
        return access_readable_session(self.widget, self.visitor_hash, self.fields.text("session", required=True))

    @property
    def address(self) -> str:
        """The visitor's network address as the outermost trusted proxy saw it."""
        proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
        headers = self.request.headers.get("X-Forwarded-For", "").split(",")
        forwarded = [part.strip() for part in headers if part.strip()]
        return forwarded[-proxies] if 0 < proxies <= len(forwarded) else self.request.META.get("REMOTE_ADDR", "")


View = Callable[[Call], HttpResponseBase]


def widget_api(*, get: View | None = None, post: View | None = None) -> Callable[..., HttpResponseBase]:
    """A Django view that answers with `get` or `post`, for the widget named by `?key=`, with CORS and JSON errors."""
    views = {method: view for method, view in (("GET", get), ("HEAD", get), ("POST", post)) if view}

    @csrf_exempt
    def answer(request: HttpRequest, **path: str) -> HttpResponseBase:
        response = _answer(views, request, path)
        response.headers.setdefault("Cache-Control", "no-store")
        response["Vary"] = "Origin"
        return response

    return answer


def _answer(views: dict[str, View], request: HttpRequest, path: dict[str, str]) -> HttpResponseBase:
    try:
        widget = access_widget(
            request.GET.get("key", ""), origin=request.headers.get("Origin", ""), host=request.get_host()
        )
    except AppError as error:
        return _error(error)
    response = HttpResponse(status=204) if request.method == "OPTIONS" else _call(views, request, widget, path)
    return _with_cors(response, request, views)


def _call(views: dict[str, View], request: HttpRequest, widget: Widget, path: dict[str, str]) -> HttpResponseBase:
    try:
        view = views.get(request.method or "")
        if view is None:
            raise AppError(_("This is not how the chat is called."), code="method", status=405)
        return view(Call(request, widget, Fields(_members(request) | path)))
    except AppError as error:
        return _error(error)
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return _error(BadFrame())
    except Exception:
        logger.exception("the widget's %s failed", request.path)
        return _error(AppError(code="server", status=500))


def _members(request: HttpRequest) -> dict[str, Any]:
    """The call's named values, from JSON, a form or the query."""
    if request.method != "POST":
        values = request.GET.dict()
        return {name: _number(v) if name == "after" else v for name, v in values.items()}
    _check_size(request)
    if request.content_type == "multipart/form-data":
        return request.POST.dict()
    try:
        return dict(parse_object(request.body).members)
    except RequestDataTooBig as error:
        raise TooLarge() from error


def _number(written: str) -> int | str:
    """What is no number of at most `MOST_DIGITS` stays text, which `Fields.seq` refuses."""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS else written


def _check_size(request: HttpRequest) -> None:
    """Refuse by the announced length, before a byte of the body is read. Raises TooLarge."""
    length = request.headers.get("Content-Length", "0")
    if length.isdigit() and int(length) > settings.ATTACHMENT_MAX_BYTES + FORM_OVERHEAD:
        raise file_too_large()


def file_too_large() -> TooLarge:
    """The error for files, with the limit that they have together."""
    limit = filesizeformat(settings.ATTACHMENT_MAX_BYTES)
    return TooLarge(_("Files may be at most %(limit)s together. Nothing was sent.") % {"limit": limit})


def _error(error: AppError) -> JsonResponse:
    body: dict[str, Any] = {"code": error.code, "message": str(error.message)}
    if isinstance(error, FormError):
        body["field"] = error.field
    if isinstance(error, QueueFull):
        body["rule"] = error.rule
    response = JsonResponse({"error": body}, status=error.status)
    if wait := getattr(error, "retry_after", None):
        body["retry_after"] = wait
        response = JsonResponse({"error": body}, status=error.status, headers={"Retry-After": str(int(wait) + 1)})
    return response


def _with_cors(response: HttpResponseBase, request: HttpRequest, views: dict[str, View]) -> HttpResponseBase:
    """The origin was checked at the door: it may read the answer. Credentials stay forbidden: there are none."""
    origin = request.headers.get("Origin")
    if origin:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response["Access-Control-Allow-Methods"] = ", ".join([*views, "OPTIONS"])
            response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
