"""For machines: is the process alive, can it serve, what does it count."""

from __future__ import annotations

import secrets

import redis
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django_prometheus.exports import ExportToDjangoView


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives and answers; says nothing of what it depends on."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL, Redis and at least one worker answer, else 503 with what does not."""
    checks = {"database": _database(), "redis": _redis(), "worker": _worker()}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format; outside development only with the bearer METRICS_TOKEN."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.LOCAL and not secrets.compare_digest(
        given.encode(), settings.METRICS_TOKEN.encode()
    ):
        raise Http404
    return ExportToDjangoView(request)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _redis() -> bool:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
        )
        return bool(client.ping())
    except redis.RedisError:
        return False


def _worker() -> bool:
    try:
        return bool(current_app.control.ping(timeout=1.0, limit=1))
    except Exception:  # kombu raises whatever its transport raises
        return False
