"""A copy of the project in a folder with a space in its name, run as a newcomer runs it: with make."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from contactcentre.embedded.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "CONTACTCENTRE_ENV", "DEBUG", "DATA_DIR", "TEST_DATABASE",
    "DJANGO_SETTINGS_MODULE", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
)  # fmt: skip
NOT_COPIED = (".git", ".venv", ".data", ".*_cache", "node_modules", "tests", "docs", "__pycache__")


class Product:
    """Needs the environment that `make setup` made here; shares it by a link, so that no package is installed again."""

    def __init__(self, parent: Path) -> None:
        self.folder = parent / "contact centre"
        shutil.copytree(ROOT, self.folder, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
        (self.folder / ".venv").symlink_to(sys.prefix)
        self.ports = {name: str(free_port()) for name in ("PORT", "SMTP_PORT", "MAIL_SINK_PORT")}
        self.address = f"http://127.0.0.1:{self.ports['PORT']}"
        self.screen = parent / "screen.txt"
        self.data = self.folder / ".data"

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return {key: value for key, value in inherited.items() if not key.startswith("PYTEST_")} | self.ports

    def start(self) -> subprocess.Popen[bytes]:
        """`make run` from another folder, in the background, with its output in `screen`."""
        with self.screen.open("wb") as screen:
            return subprocess.Popen(
                ["make", "-C", str(self.folder), "run"],
                cwd="/",
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=screen,
                start_new_session=True,
                preexec_fn=_heed_signals,
            )

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "-C", str(self.folder), "--no-print-directory", *arguments]
        environment = self.environment() | variables
        return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=60)

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As somebody types it, under a Python that has no Django."""
        command = [str(Path(sys.base_prefix) / "bin" / "python3"), "manage.py", *arguments]
        environment = self.environment() | variables
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60)

    def wait_until_up(self, process: subprocess.Popen[bytes], seconds: float = 60) -> float:
        """Seconds until the screen says so."""
        begin = time.monotonic()
        wait_for(lambda: "is up" in self.screen_text() or process.poll() is not None, seconds, self.screen_text)
        assert process.poll() is None, self.screen_text()
        return time.monotonic() - begin

    def screen_text(self) -> str:
        return self.screen.read_text(errors="replace")

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def record(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.data / "run" / "run.json").read_text())
        return loaded

    def supervisor(self) -> psutil.Process:
        return psutil.Process(self.record()["supervisor"]["pid"])

    def program(self, word: str) -> psutil.Process:
        """The child of the supervisor whose command line has this word."""
        for child in self.supervisor().children():
            if word in child.cmdline():
                return child
        raise AssertionError(f"no program with {word}")

    def alive(self) -> list[psutil.Process]:
        """Every process that works with this copy: its folder is in the command line, or is the working folder."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = str(self.folder) in " ".join([process.cwd(), *process.cmdline()])
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found


def _heed_signals() -> None:
    """As at a terminal. Tests that run under `nohup` or in the background inherit ignored signals, which the product
    rightly keeps ignoring."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def wait_for(is_true: Callable[[], bool], seconds: float, explain: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds} s\n{explain()[-4000:]}"
        time.sleep(0.1)
