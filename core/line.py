"""One websocket on our side, straight on ASGI: frames in one after the other, frames out through a bounded queue.

Without Channels' consumers and channel layers, which cost about a millisecond per message (ADR 025).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger(__name__)

MOST_WAITING = 256 * 1024
"""Characters that may wait for a reader who does not keep up. More, and the socket is closed: the reader comes back and
asks for what follows the last number they hold, which costs us no memory."""
GOODBYE_SECONDS = 5.0

GONE = 1006
CLOSE_BEHIND = 4413
"""The reader did not keep up. Connect again at once and resume."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Line:
    """Subclasses say what a frame means (`heard`), and may welcome and tidy up. One instance per socket."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._waiting: deque[str] = deque()
        self._size = 0
        self._sender: asyncio.Task[None] | None = None
        self._runner: asyncio.Task[Any] | None = None
        self._code = 0

    @classmethod
    async def serve(cls, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        line = cls(scope, receive, send)
        try:
            await line._run()
        except asyncio.CancelledError:
            if not line.is_closing:
                raise
        finally:
            await line.left()

    async def welcome(self) -> bool:
        """Accept or refuse; False when there is nothing more to do."""
        await self._send({"type": "websocket.accept"})
        return True

    async def heard(self, raw: str | bytes) -> None:
        raise NotImplementedError

    async def left(self) -> None:
        """The socket is gone, whoever ended it."""

    def missed(self) -> None:
        """Pushes may have been lost (`core.switchboard.Listener`)."""

    def hear(self, text: str) -> None:
        """Send a frame that is JSON already. Never waits."""
        if self._code:
            return
        if self._size > MOST_WAITING:
            self.close(CLOSE_BEHIND)
            return
        self._size += len(text)
        self._waiting.append(text)
        self._wake()

    def say(self, frame: dict[str, Any]) -> None:
        self.hear(json.dumps(frame, ensure_ascii=False))

    def close(self, code: int) -> None:
        """Send what waits, then hang up, at the latest after GOODBYE_SECONDS: a stuck reader cannot hold us."""
        if self._code:
            return
        self._code = code
        if code == CLOSE_BEHIND:
            self._waiting.clear()
        self._wake()
        if self._runner is not None:
            asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self._runner.cancel)

    @property
    def is_closing(self) -> bool:
        return bool(self._code)

    def _wake(self) -> None:
        if self._sender is None:
            self._sender = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._waiting:
                text = self._waiting.popleft()
                await self._send({"type": "websocket.send", "text": text})
                self._size -= len(text)
            if self._code:
                await self._send({"type": "websocket.close", "code": self._code})
        except (OSError, RuntimeError):  # uvicorn's ClientDisconnected, and its word for "after the close"
            self._code = self._code or GONE
            self._waiting.clear()
        finally:
            self._sender = None

    async def _run(self) -> None:
        self._runner = asyncio.current_task()
        await self._receive()  # websocket.connect
        if not await self.welcome():
            return
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                self._code = self._code or GONE
                return
            if not self._code:
                text = event.get("text")
                await self.heard(text if text is not None else event.get("bytes") or b"")
