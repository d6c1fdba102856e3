"""Token buckets in Redis: per visitor, and per address for starting chats. Without Redis nobody is held up."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from chat.errors import SlowDown

logger = logging.getLogger(__name__)

# GCRA: one number per bucket, the moment at which it will be full again. The clock is Redis', so that all web
# processes agree. Returns the seconds to wait, as a string (Redis would cut a float), "0" when allowed.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = full_at + interval - now - interval * burst
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], full_at + interval, 'PX', math.ceil((full_at + interval - now) * 1000) + 1)
return '0'
"""
PAUSE_SECONDS = 5.0
"""After Redis failed, nobody waits for it again for this long."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`burst` at once, then one every `interval` seconds."""

    name: str
    interval: float
    burst: int


MESSAGES = Bucket("messages", interval=0.5, burst=30)
STARTS = Bucket("starts", interval=20.0, burst=6)
# One office, one address: many honest visitors share it.
STARTS_PER_ADDRESS = Bucket("starts-address", interval=0.5, burst=120)
# Verdicts, names, a kept place: small things that must not use up what is meant for starting a chat.
WISHES = Bucket("wishes", interval=2.0, burst=30)
FILES = Bucket("files", interval=3.0, burst=20)

_paused_until = 0.0


def take(bucket: Bucket, who: str) -> None:
    """Take one token of `who`'s bucket. Raises SlowDown with the time to wait when it is empty."""
    [refusal] = take_each(bucket, [who])
    if refusal:
        raise refusal


def take_each(bucket: Bucket, who: Sequence[str]) -> list[SlowDown | None]:
    """One token for each of `who`, in one trip to Redis; None, or the error of the one whose bucket is empty."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return [None] * len(who)
    try:
        waits = [float(wait) for wait in _take_tokens(bucket, who)]
    except redis.RedisError:
        logger.warning("no rate limits for %s seconds: Redis is away", PAUSE_SECONDS, exc_info=True)
        _paused_until = time.monotonic() + PAUSE_SECONDS
        return [None] * len(who)
    return [SlowDown(retry_after=round(wait, 2)) if wait > 0 else None for wait in waits]


def _take_tokens(bucket: Bucket, who: Sequence[str]) -> list[bytes]:
    pipeline = _client().pipeline(transaction=False)
    for one in who:
        _script()(keys=[f"chat-limit:{bucket.name}:{one}"], args=[bucket.interval, bucket.burst], client=pipeline)
    taken: list[bytes] = pipeline.execute()  # loads the script first when a flushed Redis has forgotten it
    return taken


@cache
def _client() -> redis.Redis:
    # Its default tries again for seconds; a limit is not worth a visitor's waiting.
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
    )


@cache
def _script() -> redis.commands.core.Script:
    return _client().register_script(_TAKE)
