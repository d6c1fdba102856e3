"""The console's socket as a test holds it: raw frames in both directions, and silence."""

from __future__ import annotations

from typing import Any

from tests.chat.socket import Socket


class Line(Socket):
    async def open_raw(self) -> dict[str, Any]:
        """What the server answers to the handshake."""
        await self._wire.send_input({"type": "websocket.connect"})
        answer: dict[str, Any] = await self._wire.receive_output(5)
        return answer

    async def send_bytes(self, content: bytes) -> None:
        await self._wire.send_input({"type": "websocket.receive", "bytes": content})

    async def is_silent(self, seconds: float) -> bool:
        return bool(await self._wire.receive_nothing(timeout=seconds))
