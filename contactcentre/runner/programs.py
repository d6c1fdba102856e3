"""The one table of what `make run` keeps running."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.runner.environment import Ports

WEB_PROCESSES = "2"
WORKER_PROCESSES = "2"


@dataclass(frozen=True)
class Program:
    name: str
    arguments: tuple[str, ...]  # after the interpreter
    colour: int  # ANSI foreground

    @property
    def command(self) -> list[str]:
        return [sys.executable, *self.arguments]


def programs(data: DataFolder, ports: Ports) -> list[Program]:
    schedule = str(data.run / "celerybeat-schedule")
    return [
        Program("web", (*_UVICORN, "--port", str(ports.PORT), "--workers", WEB_PROCESSES), 36),
        Program("worker", (*_CELERY, "worker", "--concurrency", WORKER_PROCESSES, *_WORKER_OPTIONS), 32),
        Program("beat", (*_CELERY, "beat", "--loglevel", "WARNING", "--schedule", schedule, "--pidfile="), 33),
        Program("intake", ("manage.py", "smtpd"), 35),
        Program("mailsink", ("manage.py", "mailsink"), 34),
    ]


_UVICORN = (
    *("-m", "uvicorn", "contactcentre.asgi:application", "--host", "127.0.0.1", "--log-level", "warning"),
    *("--no-access-log",),  # each request is logged once already, with its id
    *("--ws-max-size", "2097152"),  # the sockets refuse more than 1 MiB themselves, with a word about it
    *("--timeout-graceful-shutdown", "3"),  # open sockets would hold a shutdown for ever
    *("--ws-ping-interval", "8", "--ws-ping-timeout", "10"),  # a line that is dead on the way is found within 18 s
    *("--ws-per-message-deflate", "false"),  # our frames are short: it would double a socket's memory for nothing
)
_CELERY = (
    *("-W", "ignore:You're running the worker with superuser"),  # true, and said at every start in eight lines
    *("-m", "celery", "-A", "contactcentre", "--quiet"),
)
_WORKER_OPTIONS = ("--loglevel", "INFO", "--without-gossip", "--without-mingle")  # no other worker to look for
