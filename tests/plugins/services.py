"""Real PostgreSQL and Redis for every test, however pytest is called.

Loaded with `-p` before Django's settings: starts what `DATABASE_URL` and `REDIS_URL` do not name, on data that nobody
will miss, and ends it with the run. Runs at the same time take folders of their own; the folders are kept, so that the
next run starts quickly. Parallel workers share the servers: pytest-django gives each its database, this plugin its
Redis database number.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.services import Kind, Services, missing_services

MAX_RUNS_AT_ONCE = 20
WORKER = re.compile(r"gw(\d+)$")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper runs before pytest-django reads the settings."""
    worker = WORKER.match(os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker:
        _take_own_redis_database(int(worker[1]) + 1)
    elif not _only_asks(early_config):
        _set_test_environment()
        _start_services(early_config)
    return (yield)


def _only_asks(config: pytest.Config) -> bool:
    options = config.known_args_namespace
    return bool(options.help or options.version)


def _set_test_environment() -> None:
    os.environ["CONTACTCENTRE_ENV"] = "test"
    os.environ["DEBUG"] = "0"
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))


def _start_services(config: pytest.Config) -> None:
    kinds = missing_services()
    if not kinds:
        return
    data, claim = _claim_folder()
    services = Services(data, fast=True)
    config.add_cleanup(lambda: _stop_services(services, kinds, claim))  # also runs on Ctrl-C and failed imports
    try:
        services.ensure_running(kinds)
    except EmbeddedServiceError as error:
        raise pytest.UsageError(str(error)) from None
    os.environ.update(services.environment())
    os.environ["DATA_DIR"] = str(data.root)


def _stop_services(services: Services, kinds: list[Kind], claim: IO[str]) -> None:
    services.stop(kinds)
    claim.close()


def _claim_folder() -> tuple[DataFolder, IO[str]]:
    """The first test folder that no other run holds. The claim ends with the process, however it ends."""
    root = DataFolder.from_environment().root
    for number in range(1, MAX_RUNS_AT_ONCE + 1):
        data = DataFolder(root / f"test-{number}")
        data.create()
        claim = _try_lock(data.run / "claim")
        if claim is not None:
            return data, claim
    raise pytest.UsageError(f"{MAX_RUNS_AT_ONCE} test runs are under way in {root}: end one first.")


def _try_lock(path: Path) -> IO[str] | None:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _take_own_redis_database(number: int) -> None:
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
