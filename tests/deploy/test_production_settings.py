"""Production settings, as a container gets them: values in the environment, secrets in files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VALUES = {
    "SECRET_KEY": "0123456789-0123456789-0123456789-0123456789-0123456789",
    "SECRETS_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "DATABASE_URL": "postgresql://user:password@database:5432/contactcentre",
    "REDIS_URL": "redis://:password@redis:6379/0",
    "ALLOWED_HOSTS": "support.example.com",
    "EMAIL_URL": "smtp+tls://user:password@relay.example.com:587",
    "BASE_URL": "https://support.example.com",
    "METRICS_TOKEN": "0123456789abcdef",
}
PRINT = "import contactcentre.settings as s; print(repr((s.SECRET_KEY, s.DATABASES['default']['NAME'], s.REDIS_URL)))"


def import_settings(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DEBUG": "0"}
    return subprocess.run([sys.executable, "-c", PRINT], env=clean | environment, capture_output=True, text=True)


def test_settings_accept_every_secret_as_a_file_that_ends_with_a_line_feed(tmp_path: Path) -> None:
    for name, value in VALUES.items():
        (tmp_path / name).write_text(value + "\n")
    done = import_settings({f"{name}_FILE": str(tmp_path / name) for name in VALUES})
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == repr((VALUES["SECRET_KEY"], "contactcentre", VALUES["REDIS_URL"]))


@pytest.mark.parametrize("missing", VALUES)
def test_settings_refuse_to_load_and_name_what_is_missing(missing: str) -> None:
    done = import_settings({name: value for name, value in VALUES.items() if name != missing})
    assert done.returncode != 0
    assert f"{missing} is not set" in done.stderr


def test_a_key_for_secrets_that_is_none_is_refused_without_being_shown() -> None:
    done = import_settings({**VALUES, "SECRETS_KEYS": f"{VALUES['SECRETS_KEYS']},too-short"})
    assert done.returncode != 0
    assert "SECRETS_KEYS: key 2 is not" in done.stderr
    assert "too-short" not in done.stderr


def test_all_that_is_missing_is_named_at_once_and_without_a_traceback() -> None:
    clean = {"PATH": os.environ["PATH"], "DEBUG": "0"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert all(name in done.stderr for name in VALUES)
