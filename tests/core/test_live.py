from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from core import live


async def test_a_push_is_received_through_the_real_channel_layer() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("brand.7", channel)
    await sync_to_async(live.push)("brand.8", {"type": "hint", "ticket": 1})
    await sync_to_async(live.push)("brand.7", {"type": "hint", "ticket": 2})
    received = await asyncio.wait_for(layer.receive(channel), timeout=5)
    assert received == {"type": "hint", "ticket": 2}


def test_a_push_without_redis_is_dropped_and_never_an_error(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    live._client.cache_clear()
    try:
        live.push("brand.7", {"type": "hint"})
    finally:
        live._client.cache_clear()
    assert "Redis is away" in caplog.text
