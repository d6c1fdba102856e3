"""`start` (make run) and `stop` (make stop)."""

from __future__ import annotations

import fcntl
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.processes import ProcessRecord
from contactcentre.embedded.services import Kind, Services, missing_services
from contactcentre.runner.environment import PortProblem, Ports, local_environment, remember_ports
from contactcentre.runner.output import GREY, Output
from contactcentre.runner.programs import Program, programs
from contactcentre.runner.run_record import RunRecord, end_members
from contactcentre.runner.supervisor import LOOK_SECONDS, StopRequest, Supervisor

READY_SECONDS = 90.0
HOPELESS_FAILURES = 5  # of one program before the first readiness: something is wrong for good
STOP_PATIENCE_SECONDS = 45.0
ALL_SERVICES: list[Kind] = ["postgres", "redis"]
PREPARE = Program("prepare", ("-m", "contactcentre.runner.prepare"), GREY)

READY = """
The contact centre is up.

  Agents        {address}/console/
  Supervisors   {address}/dashboard/
  Shop page     {address}/widget/demo/   (with the chat widget)
  Sent mail     {address}/demo/mail/
  Admin         {address}/admin/
  Mail intake   SMTP on 127.0.0.1:{smtp_port}, mailbox support@example.com

  Log-ins       admin@example.com, supervisor@example.com, agent@example.com, agent2@example.com
  Password      demo-password

Ctrl-C or `make stop` ends it. Its log follows.
"""


class CannotStart(Exception):
    """Its text is for the person at the keyboard."""


def start() -> int:
    data = DataFolder.from_environment()
    stop_request = StopRequest()
    stop_request.listen()
    try:
        ports = Ports.from_environment()
        data.create()
        with _only_run(data):
            _clean_up_killed_run(data)
            ports.check_free()
            return _Run(data, ports, stop_request).serve()
    except (CannotStart, EmbeddedServiceError, PortProblem) as problem:
        print(problem, file=sys.stderr)
        return 1


def stop() -> int:
    data = DataFolder.from_environment()
    services = Services(data)
    stopped = _stop_run(data) | bool(services.state().processes)
    services.stop(ALL_SERVICES)
    print("Stopped." if stopped else "Nothing was running.")
    return 0


class _Run:
    def __init__(self, data: DataFolder, ports: Ports, stop_request: StopRequest) -> None:
        self.data = data
        self.ports = ports
        self.stop = stop_request
        self.address = f"http://127.0.0.1:{ports.PORT}"
        self.run_id = secrets.token_hex(8)
        self.output = Output(data.logs / "run.log")
        self.services = Services(data)
        self.needed_services = missing_services()
        self.started_services: set[Kind] = set()
        environment = local_environment(data, ports)
        self.supervisor = Supervisor(self.run_id, programs(data, ports), environment, self.output, self.stop)

    def serve(self) -> int:
        """Returns the exit code after everything that was started has ended."""
        try:
            self._record()
            remember_ports(self.data, self.ports)
            self._start_services()
            self._prepare()
            if not self._stopping():
                self.supervisor.start_all()
                self._wait_until_ready()
            while not self.stop.wait(LOOK_SECONDS):
                self._look_after_all()
            self.output.say("Stopping ...")
            return 0
        finally:
            self._end_everything()

    def _start_services(self) -> None:
        if self.needed_services:
            self.output.say(f"Starting {' and '.join(self.needed_services)} ...")
            self._note_started(self.services.ensure_running(self.needed_services))

    def _prepare(self) -> None:
        if self._stopping():
            return
        self.output.say("Bringing the database up to date ...")
        if self.supervisor.run_once(PREPARE) != 0 and not self._stopping():
            raise CannotStart("The database could not be brought up to date: the lines above say why.")

    def _wait_until_ready(self) -> None:
        self.output.say("Starting web, worker and mail intake ...")
        deadline = time.monotonic() + READY_SECONDS
        while not self._stopping():
            if _is_ready(self.address):
                self.output.say(READY.format(address=self.address, smtp_port=self.ports.SMTP_PORT))
                return
            self._look_after_all()
            self._give_up_when_hopeless()
            if time.monotonic() > deadline:
                self.output.say(f"Not ready after {READY_SECONDS:.0f} s; the lines above may say why. Going on.")
                return
            self.stop.wait(LOOK_SECONDS)

    def _give_up_when_hopeless(self) -> None:
        worst = self.supervisor.most_failures()
        if worst.failures >= HOPELESS_FAILURES:
            raise CannotStart(f"{worst.program.name} ends each time it is started: its lines above say why.")

    def _look_after_all(self) -> None:
        self._look_after_services()
        self.supervisor.look_after_children()

    def _look_after_services(self) -> None:
        """Start again those that died. A failure is said, and tried again at the next look."""
        if not self.needed_services:
            return
        try:
            started = self.services.ensure_running(self.needed_services)
        except EmbeddedServiceError as error:
            self.output.line("services", GREY, str(error))
            return
        for kind in started:
            self.output.line(kind, GREY, "had ended and was started again")
        self._note_started(started)

    def _note_started(self, started: dict[Kind, ProcessRecord]) -> None:
        if started.keys() - self.started_services:
            self.started_services |= started.keys()
            self._record()

    def _record(self) -> None:
        supervisor = ProcessRecord.of(os.getpid())
        RunRecord(self.run_id, supervisor, tuple(self.started_services), self.address).write(self.data)

    def _end_everything(self) -> None:
        self.supervisor.end_all()
        self.services.stop(list(self.started_services))
        RunRecord.remove(self.data)
        self.output.say("Stopped.")

    def _stopping(self) -> bool:
        return self.stop.is_set()


class _only_run:
    """The lock ends with the process, however it ends. Raises `CannotStart` when a run is under way."""

    def __init__(self, data: DataFolder) -> None:
        self.data = data
        self.path: Path = data.run / "run.lock"
        self.file: IO[str] | None = None

    def __enter__(self) -> None:
        self.file = self.path.open("w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.file.close()
            record = RunRecord.read(self.data)
            where = f" at {record.address} (process {record.supervisor.pid})" if record else ""
            raise CannotStart(f"It runs already{where}. `make stop` ends it.") from None

    def __exit__(self, *exception: object) -> None:
        if self.file is not None:
            self.file.close()


def _clean_up_killed_run(data: DataFolder) -> None:
    """Needs the run's lock: a record that is there now belongs to a supervisor that was killed."""
    record = RunRecord.read(data)
    if record is None:
        return
    print("The last run was killed: ending what it left behind ...", flush=True)
    end_members(record.run_id, patience_seconds=5)
    Services(data).stop(list(record.services))
    RunRecord.remove(data)


def _stop_run(data: DataFolder) -> bool:
    """True when there was one, alive or killed."""
    record = RunRecord.read(data)
    if record is None:
        return False
    supervisor = record.supervisor.process()
    if supervisor is not None:
        supervisor.terminate()
        deadline = time.monotonic() + STOP_PATIENCE_SECONDS
        while record.supervisor.is_alive() and time.monotonic() < deadline:
            time.sleep(0.1)
        if record.supervisor.is_alive():
            supervisor.kill()
    if RunRecord.read(data) == record:  # it could not finish by itself
        end_members(record.run_id, patience_seconds=5)
        RunRecord.remove(data)
    return True


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
