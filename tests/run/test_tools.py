"""The small commands around the product: what they say when something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.chromium import ChromiumMissing, chromium_path

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run([*command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def only_these_programs(folder: Path, *names: str) -> str:
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


def test_setup_without_a_fit_python_says_what_to_install(tmp_path: Path) -> None:
    path = only_these_programs(tmp_path, "dirname")
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run("/bin/sh", "scripts/setup", PATH=path, PYTHON="")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "apt-get install" in done.stderr


def test_setup_with_nothing_new_does_nothing() -> None:
    done = run("scripts/setup")
    assert (done.returncode, done.stdout) == (0, "")


def test_help_lists_every_target() -> None:
    done = run("make", "--no-print-directory", "help")
    targets = {line.split()[1] for line in done.stdout.splitlines()}
    assert {"setup", "run", "stop", "services", "test", "lint", "fmt", "bench", "screenshots", "ci"} <= targets


def test_continuous_integration_runs_the_readmes_test_command_and_the_checks() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "make test" in (ROOT / "README.md").read_text()
    assert "step make test" in script
    assert "step make lint" in script


def test_bench_lists_its_targets_and_refuses_unknown_ones() -> None:
    assert run(sys.executable, "-m", "bench").returncode == 0
    unknown = run(sys.executable, "-m", "bench", "no-such-thing")
    assert unknown.returncode == 1
    assert "No such target: no-such-thing" in unknown.stderr


def test_a_named_chromium_that_is_none_fails_with_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/no/such/chromium")
    with pytest.raises(ChromiumMissing, match="apt-get install chromium"):
        chromium_path()


def test_the_chromium_of_the_machine_is_found_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium-browser"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium_path() == str(program)
