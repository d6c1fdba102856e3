"""The embedded PostgreSQL and Redis, on folders of their own."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
import redis

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.processes import ProcessRecord
from contactcentre.embedded.services import Kind, Services

BOTH: list[Kind] = ["postgres", "redis"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what a path may hold: a space, a quotation mark, letters of another script."""
    return tmp_path_factory.mktemp("services") / 'a "quoted" данные folder'


@pytest.fixture
def services(folder: Path) -> Iterator[Services]:
    services = Services(DataFolder(folder), fast=True)
    yield services
    services.stop(BOTH)


def test_both_answer_at_the_addresses_that_are_written_down_for_their_owner_alone(services: Services) -> None:
    assert set(services.ensure_running(BOTH)) == {"postgres", "redis"}
    addresses = services.environment()
    assert query(addresses["DATABASE_URL"], "SELECT 1") == 1
    assert redis.Redis.from_url(addresses["REDIS_URL"]).ping()
    file = services.data.run / "services.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_start_starts_nothing(services: Services) -> None:
    services.ensure_running(BOTH)
    before = services.state()
    assert Services(services.data).ensure_running(BOTH) == {}
    assert services.state() == before


def test_wrong_passwords_are_refused(services: Services) -> None:
    services.ensure_running(BOTH)
    addresses = services.environment()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(with_password(addresses["DATABASE_URL"], "wrong"), "SELECT 1")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(with_password(addresses["REDIS_URL"], "wrong")).ping()


def test_both_listen_on_the_loopback_interface_alone(services: Services) -> None:
    for record in services.ensure_running(BOTH).values():
        listening = [c.laddr.ip for c in psutil.Process(record.pid).net_connections() if c.status == "LISTEN"]
        assert set(listening) == {"127.0.0.1"}


def test_the_settings_that_promises_rest_on_are_set(services: Services) -> None:
    services.ensure_running(BOTH)
    url = services.environment()["DATABASE_URL"]
    assert query(url, "SHOW synchronous_commit") == "on"
    assert query(url, "SHOW server_encoding") == "UTF8"
    assert query(url, "SELECT lower('ÀΣ')") == "àσ"
    client = redis.Redis.from_url(services.environment()["REDIS_URL"], decode_responses=True)
    assert client.config_get("appendonly") == {"appendonly": "no"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_extensions_can_be_created(services: Services) -> None:
    services.ensure_running(BOTH)
    for extension in ("pg_trgm", "btree_gin", "citext", "unaccent"):
        query(services.environment()["DATABASE_URL"], f"CREATE EXTENSION IF NOT EXISTS {extension}; SELECT 1")


@pytest.mark.parametrize("kind", BOTH)
def test_one_that_was_killed_comes_back_at_its_address(services: Services, kind: Kind) -> None:
    services.ensure_running(BOTH)
    addresses = services.environment()
    kill(services.state().processes[kind])
    assert list(services.ensure_running(BOTH)) == [kind]
    assert services.environment() == addresses
    assert query(addresses["DATABASE_URL"], "SELECT 1") == 1


def test_data_outlives_a_stop_and_the_password_does_not(services: Services) -> None:
    services.ensure_running(BOTH)
    old = services.environment()["DATABASE_URL"]
    query(old, "CREATE TABLE IF NOT EXISTS kept (id int); INSERT INTO kept VALUES (1); SELECT 1")
    services.stop(BOTH)
    assert not (services.data.run / "services.json").exists()
    services.ensure_running(BOTH)
    new = services.environment()["DATABASE_URL"]
    assert query(new, "SELECT min(id) FROM kept") == 1
    assert new.split("@")[0] != old.split("@")[0]


def test_a_server_that_outlived_its_record_is_ended_first(services: Services) -> None:
    """The record is lost, e.g. with a deleted `run` folder; the old server still holds the data."""
    old = services.ensure_running(["postgres"])["postgres"]
    (services.data.run / "services.json").unlink()
    services.ensure_running(["postgres"])
    assert not old.is_alive()


def test_a_pid_that_became_somebody_elses_does_not_hinder_the_start(services: Services) -> None:
    services.ensure_running(["postgres"])
    services.stop(["postgres"])
    lock = services.data.postgres / "cluster" / "postmaster.pid"
    lock.write_text(f"1\n{lock.parent}\n0\n1\n\n127.0.0.1\n")
    services.ensure_running(["postgres"])


def test_data_of_another_major_version_is_left_alone_with_a_way_out(services: Services) -> None:
    services.ensure_running(["postgres"])
    services.stop(["postgres"])
    version = services.data.postgres / "cluster" / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(EmbeddedServiceError, match=r"(?s)written by PostgreSQL 17.*pg_dump"):
            services.ensure_running(["postgres"])
    finally:
        version.write_text("18\n")


def test_a_cluster_that_was_never_finished_is_made_anew(tmp_path: Path) -> None:
    services = Services(DataFolder(tmp_path), fast=True)
    services.data.create()
    (services.data.postgres / "cluster.unfinished" / "base").mkdir(parents=True)
    try:
        services.ensure_running(["postgres"])
        assert query(services.environment()["DATABASE_URL"], "SELECT 1") == 1
    finally:
        services.stop(BOTH)


def test_a_record_with_a_reused_pid_is_not_alive() -> None:
    own = ProcessRecord.of(psutil.Process().pid)
    assert own.is_alive()
    assert not ProcessRecord(own.pid, own.created - 3600).is_alive()


def query(url: str, statement: str) -> Any:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    assert row is not None
    return row[0]


def with_password(url: str, password: str) -> str:
    head, _, tail = url.rpartition("@")
    return f"{head.rpartition(':')[0]}:{password}@{tail}"


def kill(record: ProcessRecord) -> None:
    process = psutil.Process(record.pid)
    process.kill()
    with contextlib.suppress(psutil.TimeoutExpired):
        process.wait(5)
