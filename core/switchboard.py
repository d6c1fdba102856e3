"""One per web process: listens to Redis once and hands each push to the process' own sockets of that group."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.live import channel

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5
LOOK_SECONDS = 5.0
"""How often a quiet subscription is tried for life."""
FIRST_SECONDS = 2.0


class Listener(Protocol):
    """A socket. Both are called in the event loop and must not wait."""

    def hear(self, text: str) -> None:
        """A frame (JSON) for the group."""

    def missed(self) -> None:
        """Pushes may have been lost: Redis was away and is back."""


class Switchboard:
    def __init__(self) -> None:
        self.is_live = False
        """The subscription holds. While it does not, nothing is heard."""
        self._groups: defaultdict[str, set[Listener]] = defaultdict(set)
        self._first_try = asyncio.Event()
        self._was_live = False
        self._task: asyncio.Task[None] | None = None

    async def ready(self) -> bool:
        """Whether pushes are heard from now on; waits for the process' first attempt, FIRST_SECONDS at most."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen_for_ever())
        try:
            await asyncio.wait_for(self._first_try.wait(), FIRST_SECONDS)
        except TimeoutError:
            return False
        return self.is_live

    def join(self, group: str, listener: Listener) -> None:
        self._groups[group].add(listener)

    def leave(self, group: str, listener: Listener) -> None:
        listeners = self._groups.get(group)
        if listeners is None:
            return
        listeners.discard(listener)
        if not listeners:
            del self._groups[group]

    def listeners(self) -> Iterator[Listener]:
        """Each of them once."""
        return iter({listener for listeners in self._groups.values() for listener in listeners})

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if self.is_live or not self._first_try.is_set():
                    logger.warning("no pushes are heard: Redis is away (%s)", error)
            except Exception:
                logger.exception("listening for pushes failed")
            self.is_live = False
            self._first_try.set()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        client = Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=2,
            health_check_interval=LOOK_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            async with client.pubsub() as subscription:
                await subscription.subscribe(channel())
                while True:
                    message = await subscription.get_message(timeout=LOOK_SECONDS)
                    if message is None:
                        continue
                    if message["type"] == "subscribe":
                        self._subscribed()
                    elif message["type"] == "message":
                        self._hand_on(message["data"])
        finally:
            await client.aclose()

    def _subscribed(self) -> None:
        self.is_live = True
        self._first_try.set()
        if self._was_live:
            logger.info("pushes are heard again")
            for listener in list(self.listeners()):
                listener.missed()
        self._was_live = True

    def _hand_on(self, data: bytes) -> None:
        for group, text in json.loads(data):
            for listener in tuple(self._groups.get(group, ())):
                listener.hear(text)


_boards: WeakKeyDictionary[asyncio.AbstractEventLoop, Switchboard] = WeakKeyDictionary()


def switchboard() -> Switchboard:
    """The one of the running event loop."""
    return _boards.setdefault(asyncio.get_running_loop(), Switchboard())
