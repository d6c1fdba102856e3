"""The whole product as real processes on the test database, for browser and fault tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


@dataclass
class LiveApp:
    """Web, worker with beat, SMTP intake and mail sink. `log(name)` is what a process printed."""

    folder: Path
    port: int
    smtp_port: int
    sink_port: int
    web_processes: int = 1
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    """Settings that differ from a test's usual ones, such as shorter times."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def media_root(self) -> Path:
        return self.folder / "media"

    def start_all(self) -> None:
        for name in self._commands():
            self.start(name)
        self.wait_until_up()

    def start(self, name: str) -> None:
        """Start one of: web, worker, intake, sink."""
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            self._commands()[name],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """kill -9 the process and its children, as a crash would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def web_workers(self) -> list[psutil.Process]:
        """The web's processes that serve, oldest first; `web` itself is their supervisor when there are several."""
        children = psutil.Process(self.processes["web"].pid).children()
        serving = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        return sorted(serving, key=lambda child: child.create_time())

    def stop_all(self) -> None:
        for process in self.processes.values():
            os.killpg(process.pid, signal.SIGTERM)
        for name in list(self.processes):
            try:
                self.processes[name].wait(timeout=8)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.processes.clear()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_until_up(self) -> None:
        """Return when every part answers; fail with the logs when one does not within START_SECONDS."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_up():
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            if dead or time.monotonic() > deadline:
                logs = "\n".join(f"--- {name}\n{self.log(name)[-3000:]}" for name in self.processes)
                raise AssertionError(f"the product did not start (ended: {dead})\n{logs}")
            time.sleep(0.1)

    def _is_up(self) -> bool:
        return all(_listens(port) for port in (self.smtp_port, self.sink_port)) and self._is_ready()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _commands(self) -> dict[str, list[str]]:
        python = sys.executable
        return {
            "web": [
                *(python, "-m", "uvicorn", "contactcentre.asgi:application"),
                *("--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"),
                *("--ws-ping-interval", "8", "--ws-ping-timeout", "10", "--ws-per-message-deflate", "false"),
                *(("--workers", str(self.web_processes)) if self.web_processes > 1 else ()),
            ],
            "worker": [
                *(python, "-m", "celery", "-A", "contactcentre", "worker", "--beat", "--pool", "threads"),
                *("--concurrency", "2", "--loglevel", "warning", "--schedule", str(self.folder / "schedule")),
            ],
            "intake": [python, "manage.py", "smtpd"],
            "sink": [python, "manage.py", "mailsink"],
        }

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": _test_database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "MEDIA_ROOT": str(self.media_root),
            "PORT": str(self.port),
            "SMTP_PORT": str(self.smtp_port),
            "MAIL_SINK_PORT": str(self.sink_port),
            "BASE_URL": self.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink_port}",
            "DEBUG": "1",
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_live_app(folder: Path, *, web_processes: int = 1) -> LiveApp:
    return LiveApp(
        folder=folder,
        port=free_port(),
        smtp_port=free_port(),
        sink_port=free_port(),
        web_processes=web_processes,
    )


def _test_database_url() -> str:
    name = connection.settings_dict["NAME"]
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
