"""Log lines of every program on one screen, each behind its name, and in one file for later."""

from __future__ import annotations

import logging
import os
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

NAME_WIDTH = 8
FILE_BYTES = 5 * 1024 * 1024
GREY = 90


class Output:
    """Safe to call from any thread. A terminal that went away is no reason to fall: the file goes on."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._file = RotatingFileHandler(file, maxBytes=FILE_BYTES, backupCount=1, errors="replace")
        self._file.setFormatter(logging.Formatter("%(message)s"))

    def say(self, text: str) -> None:
        """The supervisor's own words, without a prefix."""
        self._write(text, text)

    def line(self, name: str, colour: int, text: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}} |"
        coloured = f"\x1b[{colour}m{prefix}\x1b[0m" if self._colours else prefix
        self._write(f"{coloured} {text}", f"{prefix} {text}")

    def follow(self, stream: IO[bytes], name: str, colour: int) -> threading.Thread:
        """Copy a program's output until its end, in a thread of its own."""
        thread = threading.Thread(target=self._copy, args=(stream, name, colour), daemon=True)
        thread.start()
        return thread

    def _copy(self, stream: IO[bytes], name: str, colour: int) -> None:
        with stream:
            for raw in stream:
                self.line(name, colour, raw.decode(errors="replace").rstrip())

    def _write(self, for_screen: str, for_file: str) -> None:
        with self._lock:
            self._file.emit(logging.LogRecord("run", logging.INFO, "", 0, for_file, None, None))
            try:
                print(for_screen, flush=True)
            except (OSError, ValueError):
                _forget_screen()


def _forget_screen() -> None:
    """Also keeps the interpreter from complaining at its end about what it could not flush."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # open for the rest of the process
