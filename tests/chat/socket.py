"""A websocket client for a consumer in this process. Channels' own needs daphne, the product does not."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket:
    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
        self._wire: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]

    async def connect(self) -> None:
        await self._wire.send_input({"type": "websocket.connect"})
        assert (await self._wire.receive_output(5))["type"] == "websocket.accept"

    async def disconnect(self) -> None:
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(5)

    async def send(self, frame: dict[str, Any]) -> None:
        await self.send_raw(json.dumps(frame))

    async def send_raw(self, text: str) -> None:
        await self._wire.send_input({"type": "websocket.receive", "text": text})

    async def receive(self) -> Any:
        """The next frame. Fails when the socket is closed or silent for five seconds."""
        output = await self._wire.receive_output(5)
        assert output["type"] == "websocket.send", output
        return json.loads(output["text"])

    async def closed_with(self) -> int:
        output = await self._wire.receive_output(5)
        assert output["type"] == "websocket.close", output
        return int(output["code"])
