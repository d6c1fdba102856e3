"""JSON logs: each line of one request or task can be found by its id, and nothing in them is anybody's secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.live import _test_database_url

ROOT = Path(__file__).resolve().parents[2]

REQUESTS = """
import contactcentre.wsgi, logging
from django.test import Client
client = Client(raise_request_exception=False)
client.post("/accounts/login/", {"login": "mia@example.com", "password": "SECRET-password"})
client.post("/accounts/login/?next=/console/?q=SECRET-query", {"login": "SECRET-login", "password": "x"})
client.get("/accounts/password/reset/key/1-SECRET-key/")
client.get("/api/v1/tickets/?tag=SECRET-query", headers={"Authorization": "Token SECRET-token"})
client.post("/api/v1/tickets/", {"text": "SECRET-text"}, content_type="application/json")
"""

TASK = """
from contactcentre.celery import app
import django
django.setup()
import structlog, logging
from celery.contrib.testing.worker import start_worker

@app.task(name="tests.speak")
def speak(text):
    structlog.get_logger("tests").info("spoken")
    logging.getLogger("tests.plain").info("plain")

app.conf.update(broker_url="memory://", result_backend="cache+memory://", task_ignore_result=False)
with start_worker(app, perform_ping_check=False, pool="solo"):
    speak.delay("SECRET-argument").get(timeout=20)
"""


def _logs(script: str, *, database: str = "") -> tuple[list[dict[str, Any]], str]:
    environment = os.environ | {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "DEBUG": "0"}
    if database:
        environment["DATABASE_URL"] = database
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")], run.stdout + run.stderr


def test_each_line_of_a_request_carries_its_id(db: None) -> None:
    lines, _all = _logs(REQUESTS, database=_test_database_url())
    about_requests = [line for line in lines if line["event"].startswith("request_")]
    assert len({line["request_id"] for line in about_requests}) == 5
    finished = [line for line in about_requests if line["event"] == "request_finished"]
    assert [line["code"] for line in finished] == [200, 200, 200, 401, 401]
    assert {"timestamp", "level", "logger", "request"} <= finished[0].keys()


def test_no_secret_and_none_of_the_users_words_are_in_the_logs(db: None) -> None:
    _lines, everything = _logs(REQUESTS, database=_test_database_url())
    assert "request_finished" in everything
    assert "SECRET" not in everything


def test_a_crash_is_logged_with_its_traceback_and_without_its_data() -> None:
    """Without tables every request that needs one fails."""
    lines, everything = _logs(REQUESTS)
    failed = [line for line in lines if line["event"] == "request_failed"]
    assert failed[0]["exception"][0]["frames"]
    assert "SECRET" not in everything


def test_each_line_of_a_task_carries_its_id_and_not_its_arguments() -> None:
    lines, everything = _logs(TASK)
    spoken = [line for line in lines if line["event"] in ("spoken", "plain")]
    assert len(spoken) == 2
    assert all(line.get("task_id") for line in spoken)
    assert "SECRET" not in everything
