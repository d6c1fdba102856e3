"""Starts what is needed, has it loaded step after step, and prints the figures beside the goals."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.email.mails import KINDS, make
from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.ports import free_port, is_free
from contactcentre.embedded.services import Services
from contactcentre.runner.environment import Ports, local_environment
from contactcentre.runner.programs import programs

GOAL_SHARE, GOAL_RATE, GOAL_P95_SECONDS = 0.5, 100, 5.0
CONNECTIONS = 8


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-email", description="Mail intake beside the bare limit.")
    parser.add_argument("--quick", action="store_true", help="a fifth of the mails")
    quick = parser.parse_args(arguments).quick
    data = DataFolder(DataFolder.from_environment().root / "bench-email")
    data.create()
    services = Services(data)
    services.ensure_running(["postgres", "redis"])
    ports = Ports(free_port(), free_port(), free_port())
    environment = os.environ | local_environment(data, ports) | services.environment() | {"LOG_LEVEL": "ERROR"}
    environment["MEDIA_ROOT"] = str(data.root / "media")
    try:
        _Measurement(environment, data, ports, count=200 if quick else 1000).go()
    finally:
        services.stop(["postgres", "redis"])


class _Measurement:
    def __init__(self, environment: dict[str, str], data: DataFolder, ports: Ports, *, count: int) -> None:
        self._environment, self._data, self._ports, self._count = environment, data, ports, count
        self._messages = 0

    def go(self) -> None:
        print(f"{os.cpu_count()} cores, load average before: {os.getloadavg()[0]:.2f}", flush=True)
        self._python("bench.email.ledger", "seed")
        for kind in KINDS:
            bare = self._count / float(self._python("bench.email.bare", kind, str(self._count), "bare"))
            _say(kind, "bare limit", bare)
            with self._intake():
                accepted, messages = self._by_smtp(kind)
            _say(kind, "SMTP, accepted", accepted, bare)
            _say(kind, "SMTP, messages", messages, bare)
            _say(kind, "ingest_email, messages", self._by_files(kind), bare)
        with self._intake():
            self._latency(10, seconds=min(20, self._count // 10))
        print(f"goals: with attachments {GOAL_SHARE:.0%} of the bare limit and {GOAL_RATE} mails/s accepted")

    def _by_smtp(self, kind: str) -> tuple[float, float]:
        began = time.monotonic()
        figures = self._load(kind=kind, count=self._count, run="smtp", connections=CONNECTIONS)
        made = time.monotonic() - began - figures["seconds"]  # making the mails, before the first was sent
        self._await_messages()
        return figures["sent"] / figures["seconds"], self._count / (time.monotonic() - began - made)

    def _by_files(self, kind: str) -> float:
        with tempfile.TemporaryDirectory() as folder:
            for number, raw in enumerate(make(kind, self._count, "file")):
                (Path(folder) / f"{number:05}.eml").write_bytes(raw)
            began = time.monotonic()
            self._run([sys.executable, "manage.py", "ingest_email", folder])
        self._messages += self._count
        return self._count / (time.monotonic() - began)

    def _latency(self, rate: int, *, seconds: int) -> None:
        """From the moment a sender begins to hand a mail over until its message is committed."""
        sent = self._load(kind="plain", count=rate * seconds, run="pace", rate=rate)["times"]
        self._await_messages(rate * seconds)
        there = json.loads(self._python("bench.email.ledger", "times", "pace"))
        took = sorted(at - sent[number] for number, at in there)
        p95 = took[int(len(took) * 0.95) - 1]
        print(
            f"at {rate} mails/s    a message after {statistics.median(took):.2f} s p50, {p95:.2f} s p95"
            f" (goal: {GOAL_P95_SECONDS:.0f} s p95), {len(took)} of {len(sent)} there",
            flush=True,
        )

    def _await_messages(self, more: int = 0) -> None:
        self._messages += more or self._count
        found = json.loads(self._python("bench.email.ledger", "done", str(self._messages)))["messages"]
        if found < self._messages:
            raise RuntimeError(f"{found} of {self._messages} mails became messages")

    def _load(self, **plan: Any) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(
            self._run([sys.executable, "-m", "bench.email.load"], json.dumps(plan | {"port": self._ports.SMTP_PORT}))
        )
        return said

    @contextmanager
    def _intake(self) -> Generator[None]:
        """The intake and, for what it leaves to the tick, worker and beat, as `make run` runs them."""
        wanted = [one for one in programs(self._data, self._ports) if one.name in ("intake", "worker", "beat")]
        with (self._data.logs / "bench-email.log").open("ab") as log:
            running = [
                subprocess.Popen(one.command, env=self._environment, stdout=log, stderr=log, start_new_session=True)
                for one in wanted
            ]
        try:
            deadline = time.monotonic() + 60
            while is_free(self._ports.SMTP_PORT):
                if time.monotonic() > deadline:
                    raise RuntimeError("the intake did not start")
                time.sleep(0.1)
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(60)

    def _python(self, module: str, *arguments: str) -> str:
        return self._run([sys.executable, "-m", module, *arguments])

    def _run(self, command: list[str], words: str = "") -> str:
        done = subprocess.run(command, env=self._environment, input=words, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[1:4])} failed: {done.stdout[-500:]}")
        return done.stdout.strip()


def _say(kind: str, what: str, rate: float, bare: float = 0.0) -> None:
    share = f"   {rate / bare:>4.0%} of the bare limit" if bare else ""
    print(f"{kind:<12} {what:<24} {rate:>7.1f} mails/s{share}", flush=True)
