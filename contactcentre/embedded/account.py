"""The unprivileged account that PostgreSQL runs under when we are root: it refuses to run as root itself."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contactcentre.embedded.errors import EmbeddedServiceError

CANDIDATES = ("nobody", "postgres", "daemon")


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    name: str

    def popen_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, folder: Path) -> None:
        os.chown(folder, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Asked of the system under the account itself, so that access lists and mounts count too."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        return subprocess.run(command, cwd="/", capture_output=True, **self.popen_arguments()).returncode == 0


def account_for(folder: Path) -> Account | None:
    """None for an ordinary user. As root: the owner of the data there is, else a well-known empty account.

    Raises `EmbeddedServiceError` when this root may not change its user (some containers).
    """
    if os.geteuid() != 0:
        return None
    account = _owner_of(folder) or _well_known()
    try:
        account.can_enter(Path("/"))
    except (PermissionError, subprocess.SubprocessError) as error:
        raise EmbeddedServiceError(
            "PostgreSQL cannot run as root, and this root may not switch to another user. "
            "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        ) from error
    return account


def open_path(account: Account, folder: Path) -> None:
    """Let the account pass through the folders above `folder`, saying which ones had to be opened."""
    for step in reversed([folder, *folder.parents]):
        if account.can_enter(step):
            continue
        step.chmod(step.stat().st_mode | stat.S_IXOTH)
        print(
            f"Opened {step} for passing through (chmod o+x): PostgreSQL runs as '{account.name}', not as root.",
            flush=True,
        )


def _owner_of(folder: Path) -> Account | None:
    if not folder.exists() or folder.stat().st_uid == 0:
        return None
    status = folder.stat()
    return Account(status.st_uid, status.st_gid, _name_of(status.st_uid))


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _well_known() -> Account:
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise EmbeddedServiceError(
        f"PostgreSQL cannot run as root and none of the accounts {', '.join(CANDIDATES)} exists. "
        "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )
