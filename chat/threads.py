"""Where the sockets do their database work: a few threads per process, each with a connection that it keeps.

asgiref's default would push every socket of a process through one thread, so that each COMMIT waits for the one before.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

THREADS = 4
POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="chat")

TRUSTED_SECONDS = 10.0
"""A connection that was used this lately is used again without asking whether it still lives: asking is a trip to the
server, as long as many a query. One that turns out dead is replaced after the error."""

P = ParamSpec("P")
R = TypeVar("R")

_last = threading.local()


def in_database(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """`function`, run in one of the chat's threads when awaited."""

    def start(*args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        return asyncio.get_running_loop().run_in_executor(POOL, partial(_run, partial(function, *args, **kwargs)))

    return start


def _run(work: Callable[[], R]) -> R:
    if time.monotonic() - getattr(_last, "at", 0.0) > TRUSTED_SECONDS:
        close_old_connections()
        _last.at = time.monotonic()
    try:
        return work()
    finally:
        drop_broken_connection()


def drop_broken_connection() -> None:
    """After an error that the connection may not have survived; costs nothing otherwise."""
    if connection.errors_occurred:
        close_old_connections()
