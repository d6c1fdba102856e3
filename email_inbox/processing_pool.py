"""Processes of their own for processing beside the SMTP intake. Imports no models: a new process has none yet."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process

import django

PROCESSES = min(2, os.cpu_count() or 1)
"""Two make of mails half as many messages again as one; more would stand in the way of the answers."""


def processes() -> ProcessPoolExecutor:
    """Processes that load while the first mail is awaited; they end with their parent, however that ends."""
    pool = ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=_prepare)
    for _process in range(PROCESSES):
        pool.submit(int)
    return pool


def _prepare() -> None:
    os.nice(10)  # who waits for a 250 goes before what is stored already
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the server ends its pool
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()


def _end_with_parent() -> None:
    """A pool's process holds both ends of its queue, so a killed parent would leave it waiting for ever."""
    if parent := parent_process():
        parent.join()
        os._exit(1)
