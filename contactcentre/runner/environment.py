"""What the processes of a local run find in their environment, besides what the user set."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.ports import is_free

HIGHEST_PORT = 65_535
DEFAULTS = {"PORT": 8000, "SMTP_PORT": 2525, "MAIL_SINK_PORT": 2526}


class PortProblem(Exception):
    """Its text says which variable to set."""


@dataclass(frozen=True)
class Ports:
    """Where the run listens, all on the loopback interface. Named like their environment variables."""

    PORT: int
    SMTP_PORT: int
    MAIL_SINK_PORT: int

    @classmethod
    def from_environment(cls) -> Self:
        ports = cls(**{field.name: _port(field.name) for field in fields(cls)})
        if len(set(asdict(ports).values())) < len(DEFAULTS):
            raise PortProblem(f"Two ports are the same: {_listed(ports)}. Each needs a number of its own.")
        return ports

    def check_free(self) -> None:
        """Raises `PortProblem` naming the variable of the first port that somebody else uses."""
        for name, port in asdict(self).items():
            if not is_free(port):
                raise PortProblem(
                    f"Port {port} is taken by another program. Free it or choose another: make run {name}={port + 1000}"
                )

    def as_environment(self) -> dict[str, str]:
        return {name: str(port) for name, port in asdict(self).items()}


def local_environment(data: DataFolder, ports: Ports) -> dict[str, str]:
    return {
        "DEBUG": "1",
        "DATA_DIR": str(data.root),
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(data),
        "PYTHONUNBUFFERED": "1",
        **ports.as_environment(),
    }


def adopt_local_environment() -> None:
    """For `manage.py` in a checkout: act on the local run, with its ports and its key. What the user set stays.

    Signed links and reply addresses made by a command must hold in the running product.
    """
    data = DataFolder.from_environment()
    data.create()
    for name, value in local_environment(data, ports_of_run(data)).items():
        os.environ.setdefault(name, value)


def ports_of_run(data: DataFolder) -> Ports:
    """The ports of the present or last run, where the environment says nothing else."""
    try:
        remembered = json.loads(_ports_file(data).read_text())
    except (OSError, ValueError):
        remembered = {}
    for name in DEFAULTS:
        if name in remembered and name not in os.environ:
            os.environ[name] = str(remembered[name])
    return Ports.from_environment()


def remember_ports(data: DataFolder, ports: Ports) -> None:
    _ports_file(data).write_text(json.dumps(asdict(ports)))


def secret_key(data: DataFolder) -> str:
    """Random, made once: sessions and signed links survive a restart."""
    file = data.run / "secret_key"
    if not file.exists():
        with open(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as written:
            written.write(secrets.token_urlsafe(50))
    return file.read_text().strip()


def _ports_file(data: DataFolder) -> Path:
    return data.run / "ports.json"


def _port(name: str) -> int:
    given = os.environ.get(name) or str(DEFAULTS[name])
    if not given.isdecimal() or not 0 < int(given) <= HIGHEST_PORT:
        raise PortProblem(f"{name}={given} is no port: give a number from 1 to {HIGHEST_PORT}.")
    return int(given)


def _listed(ports: Ports) -> str:
    return ", ".join(f"{name}={port}" for name, port in asdict(ports).items())
