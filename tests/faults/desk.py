"""An agent at the console, without a face: hints over the socket, words over HTTP, as the console's page does it."""

from __future__ import annotations

import asyncio
import html
import itertools
import json
import random
import re
import time
import urllib.request
from http.client import HTTPException
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

_MESSAGE = re.compile(r'data-message="(\d+)".*?class="message__text">(.*?)</div>', re.S)
_LOOK_SECONDS = 1.0
"""A page fetches what it was told of at most this often."""


class Desk:
    """Watches the conversations `tickets`; `read[ticket]` is what stands on the screen, by number."""

    def __init__(self, port: int, cookie: str, tickets: list[int]) -> None:
        self.port = port
        self.cookie = cookie
        self.read: dict[int, dict[int, str]] = {ticket: {} for ticket in tickets}
        self.hints = 0
        self._stale: set[int] = set(tickets)
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._fetch)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def texts(self, ticket: int) -> list[str]:
        return [text for _seq, text in sorted(self.read[ticket].items())]

    async def _listen(self) -> None:
        url, origin = f"ws://127.0.0.1:{self.port}/ws/console/", Origin(f"http://127.0.0.1:{self.port}")
        for attempt in itertools.count():
            try:
                async with connect(url, origin=origin, additional_headers={"Cookie": self.cookie}) as socket:
                    self._stale |= set(self.read)  # every connection fetches all that is on the screen
                    async for raw in socket:
                        self._hear(json.loads(raw))
            except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await asyncio.sleep(random.uniform(0.3, 0.6) * min(attempt + 1, 8))

    def _hear(self, frame: Any) -> None:
        if frame["type"] == "hint" and frame["ticket"] in self.read:
            self.hints += 1
            self._stale.add(frame["ticket"])

    async def _fetch(self) -> None:
        while True:
            begin = time.monotonic()
            stale, self._stale = self._stale, set()
            for ticket in stale:
                try:
                    await asyncio.to_thread(self._look, ticket)
                except (OSError, HTTPException):
                    self._stale.add(ticket)
            await asyncio.sleep(max(0.1, _LOOK_SECONDS - (time.monotonic() - begin)))

    def _look(self, ticket: int) -> None:
        last = max(self.read[ticket], default=0)
        url = f"http://127.0.0.1:{self.port}/console/tickets/{ticket}/since/?seq={last}"
        request = urllib.request.Request(url, headers={"Cookie": self.cookie, "HX-Request": "true"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = answer.read().decode()
        for seq, text in _MESSAGE.findall(page):
            self.read[ticket][int(seq)] = html.unescape(text)
