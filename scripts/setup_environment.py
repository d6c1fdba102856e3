"""Make `.venv` and install the locked dependencies, once per state of the lock.

Runs under the machine's own Python before anything is installed: standard library alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = PROJECT / ".venv"
LOCK = PROJECT / "requirements" / "development.txt"
STAMP = ENVIRONMENT / "installed-lock.sha256"
ATTEMPTS = 3
PAUSE_SECONDS = 5

NO_PIP = """\
This Python ({python}) can make no environment: its `ensurepip` module is missing, and so is `pip`.
Debian and Ubuntu keep it in a package of its own: apt-get install python3-venv
Or name another Python 3.11+: make setup PYTHON=/path/to/python3"""

NO_INSTALL = """\
The dependencies could not be installed (see pip's message above). Nothing is half done: run the command again
when the package registry answers. Behind a proxy or mirror, set it up in pip's own configuration."""


def main() -> int:
    os.umask(0o022)  # packages are for every user to read, as usual: as root PostgreSQL runs as another one
    with open(PROJECT / "requirements" / "development.txt", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits and finds the work done
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if not is_installed(wanted) and make_environment(wanted):
            return 1
        return compile_catalogues()


def is_installed(wanted: str) -> bool:
    return STAMP.exists() and STAMP.read_text().strip() == wanted and runs(environment_python())


def make_environment(wanted: str) -> int:
    ensurepip = importlib.util.find_spec("ensurepip") is not None
    if not ensurepip and importlib.util.find_spec("pip") is None:
        print(NO_PIP.format(python=sys.executable), file=sys.stderr)
        return 1
    if not runs(environment_python()):
        print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        venv.create(ENVIRONMENT, with_pip=ensurepip, symlinks=True)
    print("Installing the locked dependencies (a minute or two the first time) ...", flush=True)
    if not install(pip_command(ensurepip)):
        print(NO_INSTALL, file=sys.stderr)
        return 1
    STAMP.write_text(wanted + "\n")
    return 0


def compile_catalogues() -> int:
    """Translations are kept as text; Django reads them compiled. Looked at here, so that nothing starts for nothing."""
    texts = PROJECT.glob("locale/*/LC_MESSAGES/django.po")
    compiled = ((text, text.with_suffix(".mo")) for text in texts)
    if all(mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime for po, mo in compiled):
        return 0
    return subprocess.run([str(environment_python()), "scripts/catalogues.py", "compile"], cwd=PROJECT).returncode


def runs(python: Path) -> bool:
    """A `.venv` whose Python was upgraded or removed under it must be made anew."""
    if not python.exists():
        return False
    check = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(check, capture_output=True).returncode == 0


def environment_python() -> Path:
    return ENVIRONMENT / "bin" / "python"


def pip_command(ensurepip: bool) -> list[str]:
    if ensurepip:
        return [str(environment_python()), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(environment_python())]


def install(pip: list[str]) -> bool:
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    command += ["--retries", "5", "--requirement", str(LOCK)]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    for attempt in range(1, ATTEMPTS + 1):
        if subprocess.run(command, env=environment, cwd=PROJECT).returncode == 0:
            return True
        if attempt < ATTEMPTS:
            print(f"Installing failed, trying again in {PAUSE_SECONDS} s ...", file=sys.stderr, flush=True)
            time.sleep(PAUSE_SECONDS)
    return False


if __name__ == "__main__":
    sys.exit(main())
