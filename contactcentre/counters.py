"""Before prometheus_client is imported: choose where a web process keeps its counters."""

from __future__ import annotations

import os

from django.conf import settings


def share_between_processes() -> None:
    """With a folder DATA_DIR/run/metrics every web process writes its counters there, so that a scrape that meets one
    of them sees all. Whoever starts the processes makes the folder, empty; PROMETHEUS_MULTIPROC_DIR names another.
    """
    folder = settings.DATA_DIR / "run" / "metrics"
    if folder.is_dir():
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))
