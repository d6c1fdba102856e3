"""Keeps a table of programs and the embedded services alive until told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass

from contactcentre.embedded.data_folder import PROJECT
from contactcentre.embedded.processes import end_processes
from contactcentre.runner.output import GREY, Output
from contactcentre.runner.programs import Program
from contactcentre.runner.run_record import MARK, end_members, members

LOOK_SECONDS = 0.25
STEP_SECONDS = 0.05
STOP_SECONDS = 8.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 10.0  # a program that lived this long has not failed to start: the next pause is short again


@dataclass
class Child:
    """A program and the process that it is now, if any. Times on the monotonic clock."""

    program: Program
    handle: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    failures: int = 0

    def pause(self) -> float:
        return min(FIRST_PAUSE_SECONDS * 2.0 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)


@dataclass
class StopRequest:
    """Set by signals: the first asks for an orderly end, the second for an immediate one.

    The handler takes no lock (a `threading.Event` does): a signal that lands inside the handler of another one would
    wait for its own thread. A number is enough, since waiting is done in short sleeps anyway.
    """

    count: int = 0

    def is_set(self) -> bool:
        return self.count > 0

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`, in steps so short that a signal is noticed at once; whether an end is asked for."""
        deadline = time.monotonic() + seconds
        while not self.is_set() and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, STEP_SECONDS))
        return self.is_set()

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and background jobs keep what they ignore
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        self.count += 1


class Supervisor:
    """One run. Every process it starts carries the run's id in its environment."""

    def __init__(
        self, run_id: str, table: list[Program], environment: dict[str, str], output: Output, stop: StopRequest
    ) -> None:
        self.run_id = run_id
        self.children = [Child(program) for program in table]
        self.environment = environment
        self.output = output
        self.stop = stop

    def run_once(self, program: Program) -> int:
        """A program that ends by itself, e.g. the migrations; returns its exit code, or ends it when told to stop."""
        handle = self._spawn(program)
        while handle.poll() is None and not self.stop.wait(0.05):
            pass
        if handle.poll() is None:
            end_members(self.run_id, STOP_SECONDS, program.name)
        return handle.wait()

    def start_all(self) -> None:
        for child in self.children:
            self._start(child)

    def look_after_children(self) -> None:
        for child in self.children:
            if child.handle is not None and child.handle.poll() is not None:
                self._note_end(child)
            if child.handle is None and time.monotonic() >= child.restart_at:
                self._start(child)

    def most_failures(self) -> Child:
        return max(self.children, key=lambda child: child.failures)

    def end_all(self) -> None:
        """Politely at first; a second signal cuts the waiting short. Nothing of this run is alive afterwards."""
        for child in self.children:
            if child.handle is not None and child.handle.poll() is None:
                child.handle.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while self._any_alive() and time.monotonic() < deadline and self.stop.count < 2:
            time.sleep(0.05)
        end_processes(members(self.run_id), 0)
        end_processes(members(self.run_id), 0)

    def _any_alive(self) -> bool:
        return any(child.handle is not None and child.handle.poll() is None for child in self.children)

    def _start(self, child: Child) -> None:
        child.handle = self._spawn(child.program)
        child.started_at = time.monotonic()

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        mark = {MARK: f"{self.run_id}:{program.name}"}
        handle = subprocess.Popen(
            program.command,
            cwd=PROJECT,
            env={**os.environ, **self.environment, **mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the terminal's Ctrl-C is for the supervisor, who ends the others in order
        )
        assert handle.stdout is not None
        self.output.follow(handle.stdout, program.name, program.colour)
        return handle

    def _note_end(self, child: Child) -> None:
        """Its orphans must go before it comes back: they may hold its port or its queue."""
        assert child.handle is not None
        code = child.handle.returncode
        end_processes(members(self.run_id, child.program.name), 0)
        lived = time.monotonic() - child.started_at
        child.failures = 1 if lived > STEADY_SECONDS else child.failures + 1
        child.restart_at = time.monotonic() + child.pause()
        child.handle = None
        self.output.line(child.program.name, GREY, f"ended ({_how(code)}), starts again in {child.pause():.1f} s")


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
