"""For machines: is the process alive, can it serve, what does it count."""

from __future__ import annotations

import secrets
import time

import redis
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from contactcentre.metrics import CONTENT_TYPE, exposition
from contactcentre.probes import Probe

READY_WITHIN_SECONDS = 1.2


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives and answers; says nothing of what it depends on."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL, Redis and at least one worker answer, else 503 with what does not.

    All are asked at the same time, and what has not answered within READY_WITHIN_SECONDS counts as away.
    """
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    for probe in PROBES.values():
        probe.start()
    answers = {name: probe.answer(deadline) for name, probe in PROBES.items()}
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format; outside development only with the bearer METRICS_TOKEN."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.LOCAL and not secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def _database() -> bool:
    """On a connection of its own: the probe's thread outlives requests and must not hold one open."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False
    finally:
        connection.close()


def _redis() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _worker() -> bool:
    try:
        return bool(current_app.control.ping(timeout=1.0, limit=1))
    except Exception:  # kombu raises whatever its transport raises
        return False


# A ping reaches every worker: load balancers that ask each second must not become their main work.
PROBES = {
    "database": Probe(_database, keep_seconds=1.0),
    "redis": Probe(_redis, keep_seconds=1.0),
    "worker": Probe(_worker, keep_seconds=5.0),
}
