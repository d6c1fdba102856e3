"""The client side of RFC 6455, as little as a load generator needs: text frames, pongs, no extension, no fragments.

The masking key is zero, which the RFC allows and which costs nothing: the generator must not be what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import cast

Hear = Callable[[bytes], None]

_TEXT, _CLOSE, _PING = 1, 8, 9
_NO_MASK = b"\0\0\0\0"


class Wire(asyncio.Protocol):
    """One socket. `hear` gets each text frame; `is_open` turns False when the server hangs up."""

    def __init__(self, hear: Hear, request: bytes) -> None:
        self.hear = hear
        self.request = request
        self.is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("refused"))

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._answered(head)
        self._rest = self._frames(data)

    def send(self, text: str) -> None:
        if self.is_open and self._transport is not None:
            self._transport.write(_frame(_TEXT, text.encode()))

    def hang_up(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def _answered(self, head: bytes) -> None:
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            if not self.opened.done():
                self.opened.set_exception(ConnectionError(head.decode("latin-1")[:200]))
            return
        self.is_open = True
        self.opened.set_result(None)

    def _frames(self, data: bytes) -> bytes:
        """Hand on every whole frame; return the rest."""
        at, end = 0, len(data)
        while end - at >= 2:
            kind, length, body = data[at] & 15, data[at + 1] & 127, at + 2
            if length == 126:
                if end - body < 2:
                    break
                length, body = struct.unpack_from("!H", data, body)[0], body + 2
            elif length == 127:
                if end - body < 8:
                    break
                length, body = struct.unpack_from("!Q", data, body)[0], body + 8
            if end - body < length:
                break
            at = body + length
            self._take(kind, data[body:at])
        return data[at:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == _TEXT:
            self.hear(payload)
        elif kind == _PING and self._transport is not None:
            self._transport.write(_frame(10, payload))
        elif kind == _CLOSE:
            self.is_open = False


def _frame(kind: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", 128 | kind, 128 | length) + _NO_MASK + payload
    return struct.pack("!BBH", 128 | kind, 128 | 126, length) + _NO_MASK + payload


async def open_wire(port: int, path: str, hear: Hear, **headers: str) -> Wire:
    """A socket to 127.0.0.1 past its handshake. Raises ConnectionError, TimeoutError."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        f"Origin: http://127.0.0.1:{port}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    _transport, wire = await asyncio.get_running_loop().create_connection(
        lambda: Wire(hear, request), "127.0.0.1", port
    )
    await asyncio.wait_for(wire.opened, 30)
    return wire
