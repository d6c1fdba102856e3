"""Before prometheus_client is imported: choose where a web process keeps its counters."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from django.conf import settings


def make_shared_folder() -> None:
    """For whoever starts the web processes of this machine, before they do: an empty folder for their counters."""
    shutil.rmtree(_folder(), ignore_errors=True)
    _folder().mkdir(parents=True)


def share_between_processes() -> None:
    """In each web process: with that folder a scrape that meets one of them sees the counters of all.

    PROMETHEUS_MULTIPROC_DIR names another folder; without either each process speaks for itself.
    """
    if _folder().is_dir():
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_folder()))


def _folder() -> Path:
    return settings.DATA_DIR / "run" / "metrics"
