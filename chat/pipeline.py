"""Group commit: what many sockets ask of the database at the same time is done together, in one transaction.

Whatever arrives while the last batch runs makes the next one. An idle house pays nothing (a batch of one leaves at
once), a busy one shares the round trips and the COMMIT's wait for the disk between all who wait (ADR 025).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from chat.threads import in_database

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
"""So that the first of a storm does not wait for its last."""

J = TypeVar("J")
R = TypeVar("R")

Work = Callable[[Sequence[J]], Sequence[R | Exception]]


class Batches(Generic[J, R]):
    """`work` takes the jobs of one batch and returns an answer or an exception for each, in their order.

    It runs in one of the chat's threads, one batch at a time per process: what one socket asks is done in its order.
    """

    def __init__(self, work: Work[J, R]) -> None:
        self._work = work
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue[J, R]] = WeakKeyDictionary()

    async def do(self, job: J) -> R:
        """The answer to `job`; raises its exception."""
        loop = asyncio.get_running_loop()
        queue = self._queues.get(loop)
        if queue is None:
            queue = self._queues[loop] = _Queue(self._work)
        return await queue.add(job, loop.create_future())


class _Queue(Generic[J, R]):
    """The batches of one event loop; a process has one."""

    def __init__(self, work: Work[J, R]) -> None:
        self._work = in_database(work)
        self._waiting: deque[tuple[J, asyncio.Future[R]]] = deque()
        self._runner: asyncio.Task[None] | None = None

    def add(self, job: J, answer: asyncio.Future[R]) -> asyncio.Future[R]:
        self._waiting.append((job, answer))
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _job in range(min(len(self._waiting), MOST_AT_ONCE))]
                for (_job, future), answer in zip(batch, await self._answers(batch), strict=True):
                    _settle(future, answer)
        finally:
            self._runner = None

    async def _answers(self, batch: Sequence[tuple[J, asyncio.Future[R]]]) -> Sequence[R | Exception]:
        try:
            return await self._work([job for job, _future in batch])
        except Exception as error:
            logger.exception("a batch of %s failed", len(batch))
            return [error] * len(batch)


def _settle(future: asyncio.Future[R], answer: R | Exception) -> None:
    if future.done():  # the socket has gone in the meantime
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
