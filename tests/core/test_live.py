from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from core import live
from core.switchboard import Switchboard, switchboard


class Ear:
    """A socket, as far as the switchboard knows."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.outages = 0

    def hear(self, text: str) -> None:
        self.frames.append(json.loads(text))

    def missed(self) -> None:
        self.outages += 1


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_push_is_heard_by_the_sockets_of_its_group_alone() -> None:
    board, ours, others = switchboard(), Ear(), Ear()
    assert await board.ready()
    board.join("brand.7", ours)
    board.join("brand.8", others)
    await sync_to_async(live.push)("brand.7", {"type": "hint", "ticket": 2})
    await until(lambda: ours.frames)
    assert ours.frames == [{"type": "hint", "ticket": 2}]
    assert others.frames == []


async def test_who_left_hears_nothing_more() -> None:
    board, gone, stays = switchboard(), Ear(), Ear()
    await board.ready()
    for ear in (gone, stays):
        board.join("brand.7", ear)
    board.leave("brand.7", gone)
    await sync_to_async(live.push)("brand.7", {"type": "hint"})
    await until(lambda: stays.frames)
    assert gone.frames == []


async def test_gathered_pushes_leave_together_in_their_order() -> None:
    board, ear = switchboard(), Ear()
    await board.ready()
    board.join("brand.7", ear)

    def push_some() -> None:
        with live.gathered():
            for number in range(3):
                live.push("brand.7", {"n": number, "words": "Ω \ud83d\ude00 \udc00"})

    await sync_to_async(push_some)()
    await until(lambda: len(ear.frames) == 3)
    assert [frame["n"] for frame in ear.frames] == [0, 1, 2]


async def test_sockets_are_told_when_pushes_were_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    board, ear = Switchboard(), Ear()
    assert await board.ready()
    board.join("brand.7", ear)
    client = live._client()
    connection = await sync_to_async(client.client_list)(_type="pubsub")
    for one in connection:
        await sync_to_async(client.client_kill)(one["addr"])
    await until(lambda: ear.outages)
    assert board.is_live
    await sync_to_async(live.push)("brand.7", {"type": "hint"})
    await until(lambda: ear.frames)


def test_a_push_without_redis_is_dropped_and_never_an_error(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    live._client.cache_clear()
    try:
        live.push("brand.7", {"type": "hint"})
    finally:
        live._client.cache_clear()
        live._paused_until = 0.0
    assert "Redis is away" in caplog.text
