"""The script itself and the sample shop."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import condition, require_safe

from chat.bundle import Bundle, widget_bundle
from chat.config import embedded_frame
from chat.models import Widget
from core.text import clean_line

SCRIPT_CACHE = "public, max-age=600, stale-while-revalidate=86400"
"""Ten minutes: a mended widget is everywhere soon; the ETag makes the check cost nothing."""
DEMO_KEY = "demo"


def _bundle(request: HttpRequest) -> Bundle:
    """The script for the widget that `?key=` names; the plain one without a key that anybody has."""
    key = clean_line(request.GET.get("key", ""), 40)
    widget = Widget.objects.select_related("brand").filter(public_key=key, is_active=True).first() if key else None
    return widget_bundle(embedded_frame(widget) if widget else None)


def _etag(request: HttpRequest) -> str:
    return _bundle(request).etag


@require_safe
@condition(etag_func=_etag)
def script(request: HttpRequest) -> HttpResponse:
    """/widget.js: any site may load it."""
    bundle = _bundle(request)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(bundle.zipped if zipped else bundle.script, content_type="text/javascript; charset=utf-8")
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = SCRIPT_CACHE
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """A shop that uses the widget. In production only where somebody made the demo widget."""
    widget = Widget.objects.select_related("brand").filter(public_key=DEMO_KEY, is_active=True).first()
    if widget is None and not settings.LOCAL:
        raise Http404
    return render(request, "chat/demo.html", {"key": DEMO_KEY, "accent": widget.shown_accent if widget else ""})
