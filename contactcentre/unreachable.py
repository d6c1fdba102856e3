"""One sentence instead of a traceback when a management command cannot reach PostgreSQL or Redis."""

from __future__ import annotations

import os

import redis
from django.db import OperationalError

NOT_RUNNING = "{service} is not running: start it with `make run` or `make services` (or set {variable})."
NO_ANSWER = "{service} does not answer at the address in {variable}: {reason}"


def explain(error: BaseException) -> str | None:
    """None when the error is about something else."""
    for cause in _chain(error):
        if isinstance(cause, OperationalError) and "connection to server" in str(cause):
            return _sentence("PostgreSQL", "DATABASE_URL", cause)
        if isinstance(cause, redis.ConnectionError):
            return _sentence("Redis", "REDIS_URL", cause)
    return None


def _sentence(service: str, variable: str, cause: BaseException) -> str:
    if variable in os.environ or f"{variable}_FILE" in os.environ:
        reason = str(cause).strip().splitlines()[0]
        return NO_ANSWER.format(service=service, variable=variable, reason=reason)
    return NOT_RUNNING.format(service=service, variable=variable)


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what caused it, outermost first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
