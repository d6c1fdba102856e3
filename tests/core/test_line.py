"""One socket on our side: order, bounds, and readers who do not read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import line
from core.line import CLOSE_BEHIND, MOST_WAITING, Line


class Echo(Line):
    async def heard(self, raw: str | bytes) -> None:
        self.hear(f"{raw!r}")


class Wire:
    """The server's side of a socket; `stuck` as with a reader who takes nothing off the network."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.incoming: asyncio.Queue[Any] = asyncio.Queue()
        self.writable = asyncio.Event()
        self.writable.set()
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def receive(self) -> Any:
        return await self.incoming.get()

    async def send(self, event: Any) -> None:
        await self.writable.wait()
        self.sent.append(event)
        if event["type"] == "websocket.close":
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": event["code"]})

    async def open(self) -> Line:
        """The line behind it."""
        opened: list[Line] = []

        class Kept(Echo):
            async def welcome(self) -> bool:
                opened.append(self)
                return await super().welcome()

        self.serving = asyncio.create_task(Kept.serve({"type": "websocket"}, self.receive, self.send))
        while not self.sent:
            await asyncio.sleep(0)
        return opened[0]

    def texts(self) -> list[str]:
        return [event["text"] for event in self.sent if event["type"] == "websocket.send"]


async def test_frames_leave_in_their_order_and_before_the_close() -> None:
    wire = Wire()
    one = await wire.open()
    for number in range(100):
        one.hear(str(number))
    one.close(4403)
    one.hear("too late")
    await asyncio.wait_for(wire.serving, 5)
    assert wire.texts() == [str(number) for number in range(100)]
    assert wire.sent[-1] == {"type": "websocket.close", "code": 4403}


async def test_a_reader_who_does_not_keep_up_costs_a_bounded_memory_and_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "GOODBYE_SECONDS", 0.2)
    wire = Wire()
    one = await wire.open()
    wire.writable.clear()
    most = 0
    for _number in range(5000):
        one.hear("x" * 1000)
        most = max(most, sum(len(text) for text in one._waiting))
        await asyncio.sleep(0)
    assert most <= MOST_WAITING + 1000
    assert one.is_closing
    assert not one._waiting
    await asyncio.wait_for(wire.serving, 5)


async def test_a_slow_reader_who_comes_back_to_life_learns_why() -> None:
    wire = Wire()
    one = await wire.open()
    wire.writable.clear()
    for _number in range(500):
        one.hear("x" * 1000)
    wire.writable.set()
    await asyncio.wait_for(wire.serving, 5)
    assert wire.sent[-1] == {"type": "websocket.close", "code": CLOSE_BEHIND}


async def test_a_peer_that_vanished_is_no_error() -> None:
    wire = Wire()
    one = await wire.open()

    async def vanished(_event: Any) -> None:
        raise OSError

    one._send = vanished
    one.hear("a")
    await asyncio.sleep(0.01)
    one.hear("b")
    wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})
    await asyncio.wait_for(wire.serving, 5)
    assert one.is_closing
