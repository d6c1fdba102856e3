#!/usr/bin/env python3
"""Django's command line. Any Python 3 will do: it finds the environment that `make setup` made."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"

NO_ENVIRONMENT = "Django is not installed for {python}. Run `make setup` once, then try again."
DECIDED_BY = ("DEBUG", "CONTACTCENTRE_ENV", "SECRET_KEY", "SECRET_KEY_FILE")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        _enter_environment()
        return
    if _is_development() and not any(name in os.environ for name in DECIDED_BY):
        from contactcentre.runner.environment import adopt_local_environment

        adopt_local_environment()
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        from django.core.exceptions import ImproperlyConfigured

        from contactcentre.unreachable import explain

        if isinstance(error, ImproperlyConfigured):
            sys.exit(str(error))

        explanation = explain(error)
        if explanation is None:
            raise
        sys.exit(explanation)


def _enter_environment() -> None:
    """Become the same command under `.venv`'s Python."""
    python = ENVIRONMENT / "bin" / "python"
    if _is_development() or not python.exists():
        sys.exit(NO_ENVIRONMENT.format(python=sys.executable))
    os.execv(python, [str(python), str(HERE / "manage.py"), *sys.argv[1:]])


def _is_development() -> bool:
    """Under the environment that `make setup` made here; production images have none."""
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


if __name__ == "__main__":
    main()
