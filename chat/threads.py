"""Where the sockets do their database work: a few threads per process, each with a connection that it keeps.

asgiref's default would push every socket of a process through one thread, so that each COMMIT waits for the one before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

THREADS = 4
POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="chat")

P = ParamSpec("P")
R = TypeVar("R")


def in_database(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """`function`, run in one of the chat's threads when awaited."""
    wrapped: Callable[P, Awaitable[R]] = database_sync_to_async(function, thread_sensitive=False, executor=POOL)
    return wrapped
