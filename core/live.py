"""Push to socket groups from synchronous code.

A push is a hint (the truth is PostgreSQL), so Redis being away is logged and never an error for the caller.
Publishing goes through a plain Redis client: `async_to_sync(group_send)` would start an event loop and open a
connection for every message.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger(__name__)


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=30,
    )


def push(group: str, message: dict[str, Any]) -> None:
    """Send `message` (with its Channels `type`) to every socket in `group`."""
    layer = get_channel_layer()
    try:
        _client().publish(f"{settings.CHANNEL_PREFIX}__group__{group}", layer.serialize(message))
    except redis.RedisError:
        logger.warning("push to %s was dropped: Redis is away", group, exc_info=True)
