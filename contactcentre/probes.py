"""Asking something that may never answer, within a time that one can promise."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet


class Probe:
    """A yes-or-no question in a thread of its own. One asking at a time however many want to know.

    A yes is kept for `keep_seconds`; a no is asked again at once, so that recovery is seen without delay.
    A question that hangs stays a no until it returns.
    """

    def __init__(self, ask: Callable[[], bool], *, keep_seconds: float) -> None:
        self._ask = ask
        self._keep_seconds = keep_seconds
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="probe")
        self._asking: Future[bool] | None = None
        self._yes_until = 0.0

    def start(self) -> None:
        """Begin to ask, unless the last answer still holds or somebody is asking already."""
        with self._lock:
            if time.monotonic() < self._yes_until or (self._asking and not self._asking.done()):
                return
            self._asking = self._thread.submit(self._ask_and_keep)

    def answer(self, deadline: float) -> bool:
        """The answer, waiting for it until `deadline` (`time.monotonic`)."""
        if time.monotonic() < self._yes_until:
            return True
        if self._asking is None:
            return False
        try:
            return self._asking.result(max(0.0, deadline - time.monotonic()))
        except NotYet:
            return False

    def _ask_and_keep(self) -> bool:
        answer = self._ask()
        self._yes_until = time.monotonic() + self._keep_seconds if answer else 0.0
        return answer
