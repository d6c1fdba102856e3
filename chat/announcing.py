"""Telling those who wait how the line moves: soon, seldom, and by a worker rather than by who moved it.

A change asks a worker to tell the brand's lines one second later, unless somebody has asked within that second; so
whatever happens inside it is told once. A lost telling costs seconds: every `sync` of a widget brings its place too.
"""

from __future__ import annotations

import logging
from functools import cache

import redis
from celery import current_app
from django.conf import settings
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from agents.models import Agent, Brand
from agents.permissions import visible_brands
from chat.live import push_frame
from chat.queue import lines_waiting, places
from core.live import gathered

logger = logging.getLogger(__name__)

TELL = "chat.tell_lines"
DELAY = 1
"""Seconds in which all movements of a line are told together."""
TOLD_AT_ONCE = 50
"""Further back in the line the place changes slowly; those widgets learn it with their next `sync`."""


def announce_soon(brand_id: int) -> None:
    """Have the brand's lines told. Redis or the broker being away is no error: the widgets ask by themselves."""
    try:
        if not _redis().set(f"chat-line:{brand_id}", 1, nx=True, ex=DELAY):
            return
        current_app.send_task(TELL, args=[brand_id], countdown=DELAY, expires=30, ignore_result=True, retry=False)
    except Exception:
        logger.warning("the line of brand %s is not told: no Redis", brand_id, exc_info=True)


def announce_for(agent_id: int) -> None:
    """Somebody came or went: the estimate of every brand they work for changes."""
    agent = Agent.objects.filter(pk=agent_id).first()
    for brand in visible_brands(agent) if agent else Brand.objects.none():
        announce_soon(brand.pk)


def tell_lines(brand_id: int) -> int:
    """Push their place to the first of each of the brand's lines; return how many were told."""
    told, now = 0, timezone.now()
    with gathered():
        for line in lines_waiting(brand_id):
            for session_id, place in list(places(line, now=now).items())[:TOLD_AT_ONCE]:
                push_frame(session_id, {"type": "queue"} | place.as_json())
                told += 1
    return told


@cache
def _redis() -> redis.Redis:
    # Its default tries again for seconds, and whoever moved the line would wait for it.
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
    )
