"""Processes that outlive the one that started them, told apart by pid and start time, never by name."""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass
from typing import Any, Self

import psutil

CREATED_TOLERANCE_SECONDS = 1.0  # psutil derives the start time from the boot time, which the clock's sync may shift


@dataclass(frozen=True)
class ProcessRecord:
    """A process as written to disk: a pid alone may belong to somebody else by the time it is read."""

    pid: int
    created: float  # seconds since the epoch

    @classmethod
    def of(cls, pid: int) -> Self:
        """Raises `psutil.NoSuchProcess` when it has ended already."""
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(int(value["pid"]), float(value["created"]))

    def as_json(self) -> dict[str, Any]:
        return {"pid": self.pid, "created": self.created}

    def process(self) -> psutil.Process | None:
        """The live process, or None when it ended (a zombie has ended: only its parent has not looked yet)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < CREATED_TOLERANCE_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def is_alive(self) -> bool:
        return self.process() is not None


def end_processes(
    processes: list[psutil.Process], patience_seconds: float, polite: signal.Signals = signal.SIGTERM
) -> None:
    """Ask with `polite`, wait, then kill. Works on children and on orphans of an earlier run alike."""
    for process in processes:
        _send(process, polite)
    alive = _wait(processes, patience_seconds)
    for process in alive:
        _send(process, signal.SIGKILL)
    _wait(alive, 5)


def with_descendants(record: ProcessRecord) -> list[psutil.Process]:
    """The recorded process and everything below it, itself first; empty when it has ended."""
    process = record.process()
    if process is None:
        return []
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _wait(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those still alive at the end. Zombies count as ended: their parent may be slow, or gone with a signal."""
    deadline = time.monotonic() + seconds
    alive = [process for process in processes if _is_alive(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = [process for process in alive if _is_alive(process)]
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
