"""A network between a client and the product that can be cut, or swallow what is sent without a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Network:
    def __init__(self, port: int) -> None:
        self.beyond = port
        self.port = 0
        self.swallows = False
        """Bytes vanish in both directions; connections stay open, as behind a router that forgot them."""
        self.ended_by_server = asyncio.Event()
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Connections break, new ones are refused at once."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = self.swallows = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.beyond)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer, from_server=True))
        finally:
            for one in (writer, back):
                self._writers.discard(one)
                one.transport.abort()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool = False
    ) -> None:
        try:
            while data := await reader.read(65536):
                if not self.swallows:
                    writer.write(data)
                    await writer.drain()
            if from_server and self.swallows:
                self.ended_by_server.set()
            if not self.swallows:
                writer.transport.abort()
        except OSError:
            writer.transport.abort()


@asynccontextmanager
async def network(port: int) -> AsyncGenerator[Network]:
    between = Network(port)
    server = await asyncio.start_server(between.carry, "127.0.0.1", 0)
    between.port = server.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        between.cut()
        server.close()
