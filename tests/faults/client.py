"""A widget without a face: the client's rules of docs/subsystems/chat-protocol.md, and nothing that is not in there.

What a browser would keep beyond the page (token, session, words not yet acknowledged) is a `Storage`, which two tabs
share and which outlives a tab.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from core.ids import secret_token

BEAT_SECONDS = 8.0
SYNC_EVERY = 4
DEAD_SECONDS = 15.0
LONGEST_WAIT = 8.0
POLL_SECONDS = 4.0
HTTP_SECONDS = 10.0
ORIGIN = "https://shop.example.com"
OVER = 4410

Frame = dict[str, Any]


class Refused(Exception):
    """The server said no; `code` as in the protocol."""

    def __init__(self, code: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


@dataclass
class Storage:
    """What lies in the browser and is shared by its tabs."""

    token: str = field(default_factory=secret_token)
    session: str = ""
    outbox: dict[str, str] = field(default_factory=dict)
    """Words without an ack, by their id, in the order in which they were written."""
    _numbers: Any = field(default_factory=itertools.count)

    def write(self, text: str) -> str:
        id = f"m-{secret_token()[:12]}-{next(self._numbers)}"
        self.outbox[id] = text
        return id


class Tab:
    """One page with an open widget, at `port` of this machine (the product's, or that of a network in between)."""

    def __init__(self, port: int, storage: Storage, *, key: str = "demo") -> None:
        self.port = port
        self.storage = storage
        self.key = key
        self.held: dict[int, Frame] = {}
        self.last = 0
        """All public messages up to here are held."""
        self.is_live = False
        self.was_over = False
        self.outages: list[float] = []
        """Seconds from noticing that the line is dead to `ready` on the next one."""
        self._socket: ClientConnection | None = None
        self._acks: dict[str, asyncio.Future[None]] = {}
        self._failures = 0
        self._heard_at = 0.0
        self._lost_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, text: str) -> None:
        """The first words, repeated until they are answered."""
        id = self.storage.write(text)
        while not self.storage.session:
            try:
                self._ready(await self._post("start", {"id": id, "text": text}))
            except (OSError, Refused):
                await asyncio.sleep(1)
        self.storage.outbox.pop(id, None)

    def open(self) -> None:
        self._tasks = [
            asyncio.create_task(work()) for work in (self._connect_for_ever, self._send_for_ever, self._poll)
        ]

    async def close(self) -> None:
        """The tab is shut: nothing more is done, nothing is said to anybody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.transport.abort()

    def texts(self) -> list[str]:
        return [self.held[seq]["text"] for seq in sorted(self.held)]

    # --- the line ---

    async def _connect_for_ever(self) -> None:
        while True:
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await self._talk()
            if self.is_live or not self._lost_at:
                self._lost_at = time.monotonic()
            self.is_live, self._socket = False, None
            while self.was_over and not self.storage.outbox:
                await asyncio.sleep(0.2)
            wait = min(LONGEST_WAIT, 0.5 * 2**self._failures)
            self._failures += 1
            await asyncio.sleep(wait * random.uniform(0.5, 1))

    async def _talk(self) -> None:
        url = f"ws://127.0.0.1:{self.port}/ws/widget/"
        async with connect(url, origin=Origin(ORIGIN), ping_interval=None, open_timeout=5, close_timeout=0.1) as socket:
            self._socket, self._heard_at = socket, time.monotonic()
            hello = {"type": "hello", "v": 1, "key": self.key, "token": self.storage.token}
            await self._frame(hello | {"session": self.storage.session, "last_seq": self.last})
            beat = asyncio.create_task(self._beat(socket))
            try:
                async for raw in socket:
                    self._heard_at = time.monotonic()
                    await self._hear(json.loads(raw))
            finally:
                beat.cancel()
                self.was_over = socket.close_code == OVER

    async def _beat(self, socket: ClientConnection) -> None:
        for beat in itertools.count(1):
            await asyncio.sleep(BEAT_SECONDS)
            if time.monotonic() - self._heard_at > DEAD_SECONDS:
                socket.transport.abort()
                return
            await self._frame({"type": "ping"} if beat % SYNC_EVERY else self._sync())

    async def _hear(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "ready":
            self._ready(frame)
            self._failures = 0
            self.is_live = True
            if self._lost_at:
                self.outages.append(time.monotonic() - self._lost_at)
                self._lost_at = 0.0
            if frame["more"]:
                await self._frame(self._sync())
        elif kind == "message":
            if frame["prev"] > self.last:
                await self._frame(self._sync())
            else:
                self._hold(frame)
                await self._frame({"type": "got", "seq": self.last})
        elif kind == "ack":
            self._acked(frame)
            if frame["prev"] > self.last:
                await self._frame(self._sync())
        elif kind == "error" and "id" in frame:
            self._settle(frame["id"], Refused(frame["code"], frame.get("retry_after", 1.0)))

    async def _frame(self, frame: Frame) -> None:
        if self._socket is not None:
            await self._socket.send(json.dumps(frame))

    def _sync(self) -> Frame:
        return {"type": "sync", "last_seq": self.last}

    # --- what is held ---

    def _ready(self, frame: Frame) -> None:
        self.storage.session = frame["session"]
        for message in frame["messages"]:
            self._hold(message)

    def _hold(self, message: Frame) -> None:
        """A message twice is one message; a message with a gap before it is asked for again."""
        if message["prev"] > self.last:
            return
        self.held[message["seq"]] = message
        self.last = max(self.last, message["seq"])
        if message["id"]:
            self._settle(message["id"])

    def _acked(self, ack: Frame) -> None:
        text = self.storage.outbox.get(ack["id"], "")
        self._settle(ack["id"])
        if ack["prev"] <= self.last and ack["seq"] not in self.held:
            self.held[ack["seq"]] = {"seq": ack["seq"], "id": ack["id"], "text": text}
            self.last = max(self.last, ack["seq"])

    def _settle(self, id: str, error: Refused | None = None) -> None:
        if error is None:
            self.storage.outbox.pop(id, None)
        waiting = self._acks.pop(id, None)
        if waiting is None or waiting.done():
            return
        if error is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(error)

    # --- what is said ---

    async def _send_for_ever(self) -> None:
        """One message at a time, in their order, until each has its ack, over whichever way there is."""
        while True:
            id = next(iter(self.storage.outbox), "")
            if not id:
                await asyncio.sleep(0.01)
                continue
            try:
                await (self._send_live(id) if self.is_live else self._send_http(id))
            except Refused as no:
                await asyncio.sleep(no.retry_after)
            except (OSError, ConnectionClosed, TimeoutError):
                await asyncio.sleep(0.2)

    async def _send_live(self, id: str) -> None:
        """Returns with the ack, or when the line is gone."""
        answer = self._acks[id] = asyncio.get_running_loop().create_future()
        socket = self._socket
        await self._frame({"type": "send", "id": id, "text": self.storage.outbox[id]})
        while not answer.done() and self._socket is socket and id in self.storage.outbox:
            await asyncio.wait([answer], timeout=0.1)
        if answer.done():
            answer.result()

    async def _send_http(self, id: str) -> None:
        body = {"session": self.storage.session, "id": id, "text": self.storage.outbox[id]}
        self._acked(await self._post("messages", body))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self.is_live and self._failures > 1:
                try:
                    self._ready(await self._get(f"messages?session={self.storage.session}&after={self.last}"))
                except (OSError, Refused):
                    continue

    async def _post(self, path: str, body: Frame) -> Frame:
        return await asyncio.to_thread(self._call, path, json.dumps(body).encode())

    async def _get(self, path: str) -> Frame:
        return await asyncio.to_thread(self._call, path, None)

    def _call(self, path: str, body: bytes | None) -> Frame:
        url = f"http://127.0.0.1:{self.port}/widget/api/{path}{'&' if '?' in path else '?'}key={self.key}"
        headers = {
            "Authorization": f"Bearer {self.storage.token}",
            "Origin": ORIGIN,
            "Content-Type": "application/json",
        }
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=HTTP_SECONDS) as answer:
                frame: Frame = json.load(answer)
                return frame
        except urllib.error.HTTPError as error:
            try:
                problem = json.load(error)["error"]
            except (ValueError, KeyError):
                raise Refused("server", 1.0) from error
            raise Refused(problem["code"], problem.get("retry_after", 1.0)) from error
        except (HTTPException, ValueError) as error:  # the answer broke off
            raise OSError(str(error)) from error
