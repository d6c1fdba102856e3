"""Start and stop PostgreSQL and Redis together, and tell everybody else where they are.

`DATA_DIR/run/services.json` holds their addresses while they run:
`{"database_url": ..., "redis_url": ..., "processes": {"postgres": {"pid", "created"}, "redis": {...}}}`.
`contactcentre/settings.py` reads it when `DATABASE_URL` or `REDIS_URL` is absent.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.ports import free_port, is_free
from contactcentre.embedded.postgres import EmbeddedPostgres
from contactcentre.embedded.processes import ProcessRecord
from contactcentre.embedded.redis import EmbeddedRedis

Kind = Literal["postgres", "redis"]
URL_KEYS: dict[Kind, str] = {"postgres": "database_url", "redis": "redis_url"}
URL_VARIABLES: dict[Kind, str] = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
PORT_ATTEMPTS = 3  # a free port may be taken by somebody else before the server listens on it


class Server(Protocol):
    def start(self, port: int, password: str) -> ProcessRecord: ...
    def stop(self, record: ProcessRecord) -> None: ...
    def url(self, port: int, password: str) -> str: ...


@dataclass
class State:
    """What `services.json` says."""

    urls: dict[Kind, str] = field(default_factory=dict)
    processes: dict[Kind, ProcessRecord] = field(default_factory=dict)

    def is_alive(self, kind: Kind) -> bool:
        return kind in self.processes and self.processes[kind].is_alive()


class Services:
    """The embedded servers of one data folder, shared by every process that uses the folder."""

    def __init__(self, data: DataFolder, *, fast: bool = False) -> None:
        self.data = data
        self._state_file = data.run / "services.json"
        self._servers: dict[Kind, Server] = {
            "postgres": EmbeddedPostgres(data.postgres, data.logs / "postgres.log", fast=fast),
            "redis": EmbeddedRedis(data.redis, data.logs / "redis.log"),
        }

    def ensure_running(self, kinds: list[Kind]) -> dict[Kind, ProcessRecord]:
        """Start those that do not run; returns the ones started by this call.

        One that died keeps its port and password, so that its clients need not be told.
        Raises `EmbeddedServiceError`.
        """
        self.data.create()
        started: dict[Kind, ProcessRecord] = {}
        with self._locked():
            state = self.state()
            for kind in kinds:
                if not state.is_alive(kind):
                    started[kind] = self._start(kind, state)
                    self._write(state)
        return started

    def stop(self, kinds: list[Kind]) -> None:
        if not self._state_file.exists():
            return
        with self._locked():
            state = self.state()
            for kind in kinds:
                if record := state.processes.pop(kind, None):
                    self._servers[kind].stop(record)
                state.urls.pop(kind, None)
            self._write(state)

    def state(self) -> State:
        try:
            written = json.loads(self._state_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return State()
        return State(
            urls={kind: written[key] for kind, key in URL_KEYS.items() if key in written},
            processes={
                kind: ProcessRecord.from_json(written["processes"][kind])
                for kind in URL_KEYS
                if kind in written.get("processes", {})
            },
        )

    def environment(self) -> dict[str, str]:
        """`DATABASE_URL` and `REDIS_URL` for the processes that use the services."""
        return {URL_VARIABLES[kind]: url for kind, url in self.state().urls.items()}

    def _start(self, kind: Kind, state: State) -> ProcessRecord:
        server = self._servers[kind]
        for attempt in range(1, PORT_ATTEMPTS + 1):
            port, password = _former_address(state.urls.get(kind)) or (free_port(), secrets.token_urlsafe(24))
            try:
                record = server.start(port, password)
            except EmbeddedServiceError as error:
                state.urls.pop(kind, None)
                if attempt == PORT_ATTEMPTS or "Address already in use" not in str(error):
                    raise
            else:
                state.urls[kind] = server.url(port, password)
                state.processes[kind] = record
                return record
        raise AssertionError("the last attempt returns or raises")

    def _write(self, state: State) -> None:
        if not state.processes:
            self._state_file.unlink(missing_ok=True)
            return
        content = {
            **{URL_KEYS[kind]: url for kind, url in state.urls.items()},
            "processes": {kind: record.as_json() for kind, record in state.processes.items()},
        }
        unfinished = self._state_file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(content, file, indent=2)
        unfinished.replace(self._state_file)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One starter or stopper at a time over all processes of the machine."""
        with open(self.data.run / "services.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def missing_services() -> list[Kind]:
    """The services that no environment variable replaces."""
    return [kind for kind, variable in URL_VARIABLES.items() if not os.environ.get(variable) and not _in_file(variable)]


def _in_file(variable: str) -> bool:
    """Settings also take a secret from the file that `NAME_FILE` names."""
    return bool(os.environ.get(f"{variable}_FILE"))


def _former_address(url: str | None) -> tuple[int, str] | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.port is None or parts.password is None or not is_free(parts.port):
        return None
    return parts.port, parts.password
