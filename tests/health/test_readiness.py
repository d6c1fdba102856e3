from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.test import Client

from contactcentre import health
from contactcentre.probes import Probe

MOST_SECONDS = 1.5


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test learned about the services is not told to the next."""
    probes = {
        "database": Probe(health._database, keep_seconds=1),
        "redis": Probe(health._redis, keep_seconds=1),
        "worker": Probe(health._worker, keep_seconds=5),
    }
    monkeypatch.setattr(health, "PROBES", probes)


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    with start_worker(current_app, perform_ping_check=False, pool="solo"):
        yield


def _ready() -> tuple[int, dict[str, bool], float]:
    began = time.monotonic()
    answer = Client().get("/readyz")
    return answer.status_code, answer.json(), time.monotonic() - began


def test_healthz_answers_whatever_is_away() -> None:
    assert Client().get("/healthz").content == b"ok\n"


def test_readyz_says_yes_when_all_answer(worker: None) -> None:
    deadline = time.monotonic() + 15
    while _ready()[0] != 200:  # the worker takes a moment to listen
        assert time.monotonic() < deadline, _ready()
    assert _ready()[1] == {"database": True, "redis": True, "worker": True}


def test_readyz_names_the_worker_when_none_is_there(db: None) -> None:
    status, answers, seconds = _ready()
    assert (status, answers) == (503, {"database": True, "redis": True, "worker": False})
    assert seconds < MOST_SECONDS


def test_readyz_is_quick_while_redis_is_away(db: None, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    status, answers, seconds = _ready()
    assert (status, answers["redis"]) == (503, False)
    assert seconds < MOST_SECONDS


def test_a_question_that_hangs_is_a_no_in_time_and_is_not_asked_twice() -> None:
    asked, release = [], threading.Event()

    def hang() -> bool:
        asked.append(1)
        return release.wait(10)

    probe = Probe(hang, keep_seconds=5)
    for _ in range(3):
        began = time.monotonic()
        probe.start()
        assert probe.answer(began + 0.05) is False
        assert time.monotonic() - began < 0.5
    assert len(asked) == 1
    release.set()
    assert probe.answer(time.monotonic() + 5) is True


def test_a_yes_is_kept_and_a_no_is_asked_again() -> None:
    answers, asked = iter([False, True]), []

    def ask() -> bool:
        asked.append(1)
        return next(answers)

    probe = Probe(ask, keep_seconds=60)
    seen = []
    for _ in range(5):
        probe.start()
        seen.append(probe.answer(time.monotonic() + 5))
    assert seen == [False, True, True, True, True]
    assert len(asked) == 2
