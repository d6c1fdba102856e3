"""Rules of the house that a reviewer should not have to remember."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contactcentre.celery import app as celery
from contactcentre.ticks import beat_schedule

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "core",
    "agents",
    "crm",
    "tickets",
    "chat",
    "email_inbox",
    "knowledge",
    "console",
    "dashboard",
    "api",
    "contactcentre",
)
FORBIDDEN_ROOMS = {"utils.py", "helpers.py", "managers.py", "signals.py", "misc.py", "common.py"}


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def calls_of(name: str) -> Iterator[str]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield path.relative_to(ROOT).as_posix()


def test_imports_point_down_only() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_only_actions_publish_events() -> None:
    # The routing's and the mail's own steps are actions in rooms of their own.
    mail = ("handling", "pending", "strangers", "outgoing")
    allowed = ("actions", "sla.py", "tickets/routing/", *(f"email_inbox/{name}.py" for name in mail))
    callers = [*calls_of("publish"), *calls_of("publish_all")]
    strangers = {path for path in callers if path != "core/events.py" and not any(part in path for part in allowed)}
    assert strangers == set()


def test_there_is_no_room_for_odds_and_ends() -> None:
    assert [path for path in sources() if path.name in FORBIDDEN_ROOMS] == []


def test_models_keep_their_logic_out_of_save_and_signals() -> None:
    offenders = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and "models" in path.as_posix():
                offenders += [f"{path}:{f.lineno}" for f in node.body if getattr(f, "name", "") == "save"]
            if isinstance(node, ast.ImportFrom) and node.module == "django.db.models.signals":
                offenders.append(f"{path}:{node.lineno}")
    assert offenders == []


@pytest.mark.parametrize("most", [420])
def test_no_source_file_has_grown_past_one_noun(most: int) -> None:
    large = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in sources()}
    assert {name: lines for name, lines in large.items() if lines > most} == {}


def test_every_tick_names_a_task_that_exists() -> None:
    celery.loader.import_default_modules()
    assert set(beat_schedule()) <= set(celery.tasks)
