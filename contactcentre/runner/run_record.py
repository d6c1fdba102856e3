"""What is written down about a run, so that another terminal, or the next run, can end exactly what it started."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Self

import psutil

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.processes import ProcessRecord, end_processes
from contactcentre.embedded.services import Kind

MARK = "CONTACTCENTRE_RUN"  # in the environment of every process of a run: <run id>:<program>


@dataclass(frozen=True)
class RunRecord:
    """`DATA_DIR/run/run.json` while a run lives, or after it was killed."""

    run_id: str
    supervisor: ProcessRecord
    services: tuple[Kind, ...]  # those that this run started, not those it found running
    address: str

    @classmethod
    def read(cls, data: DataFolder) -> Self | None:
        try:
            written = json.loads((data.run / "run.json").read_text())
            supervisor = ProcessRecord.from_json(written["supervisor"])
            return cls(written["run_id"], supervisor, tuple(written["services"]), written["address"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, data: DataFolder) -> None:
        content = {
            "run_id": self.run_id,
            "supervisor": self.supervisor.as_json(),
            "services": list(self.services),
            "address": self.address,
        }
        unfinished = data.run / "run.unfinished"
        unfinished.write_text(json.dumps(content, indent=2))
        unfinished.replace(data.run / "run.json")

    @staticmethod
    def remove(data: DataFolder) -> None:
        (data.run / "run.json").unlink(missing_ok=True)


def members(run_id: str, program: str = "") -> list[psutil.Process]:
    """The live processes of a run, or of one of its programs: children of children and orphans too.

    Found by the mark that they inherited, so neither a name nor a reused pid can point at somebody else's process.
    """
    mark = f"{run_id}:{program}"
    found = []
    for process in psutil.process_iter():
        try:
            value = process.environ().get(MARK, "")
        except (psutil.Error, OSError):
            continue  # somebody else's, or gone
        if process.pid != os.getpid() and (value == mark or (not program and value.startswith(mark))):
            found.append(process)
    return found


def end_members(run_id: str, patience_seconds: float, program: str = "") -> None:
    """Children that start while the first sweep waits are found by the second."""
    end_processes(members(run_id, program), patience_seconds)
    end_processes(members(run_id, program), 0)
