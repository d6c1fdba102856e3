"""Push to open sockets from synchronous code.

A push is a hint (the truth is PostgreSQL), so Redis being away is logged and never an error for the caller.
All pushes of the product travel over one Redis channel; each web process listens to it once and hands on what its own
sockets want (`core.switchboard`). A socket costs Redis nothing, and joining a group is an entry in a dictionary.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""After Redis failed, nobody waits for it again for this long."""

Push = tuple[str, str]
"""The group, and the frame as JSON: encoded once, however many sockets get it."""

_gathering = threading.local()
_paused_until = 0.0


def channel() -> str:
    """The Redis channel of this installation's pushes."""
    return f"{settings.CHANNEL_PREFIX}-live"


def push(group: str, frame: dict[str, Any]) -> None:
    """Send `frame`, as it is, to every socket in `group`."""
    one = (group, json.dumps(frame, ensure_ascii=False))
    gathered: list[Push] | None = getattr(_gathering, "pushes", None)
    if gathered is None:
        _publish([one])
    else:
        gathered.append(one)


@contextmanager
def gathered() -> Generator[None]:
    """Pushes of this thread inside the block leave together at its end: one trip to Redis."""
    if getattr(_gathering, "pushes", None) is not None:
        yield
        return
    pushes: list[Push] = []
    _gathering.pushes = pushes
    try:
        yield
    finally:
        _gathering.pushes = None
        if pushes:
            _publish(pushes)


def _publish(pushes: list[Push]) -> None:
    global _paused_until
    if time.monotonic() < _paused_until:
        return
    try:
        _client().publish(channel(), json.dumps(pushes, ensure_ascii=False).encode("utf-8", "replace"))
    except redis.RedisError as error:
        logger.warning("pushes to %s were dropped: Redis is away (%s)", pushes[0][0], error)
        _paused_until = time.monotonic() + PAUSE_SECONDS


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=30,
        # Its default waits and tries again for seconds; a hint that late is worth nothing. One more try at once finds
        # a connection that Redis' restart had broken.
        retry=Retry(NoBackoff(), 1),
    )
