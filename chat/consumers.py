"""The widget's socket, as docs/subsystems/chat-protocol.md says. Every change is an action, acked after commit."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from chat import socket_work
from chat.errors import BadFrame
from chat.live import group_of
from chat.protocol import MAX_FLOOD, VERSION, Fields, parse_object
from chat.socket_work import Peer
from chat.threads import in_database
from core.errors import AppError, TooLarge

logger = logging.getLogger(__name__)

HELLO_SECONDS = 10
TYPING_SECONDS = 1.0
"""The visitor's typing is passed on at most this often."""

CLOSE_TOO_BIG = 1009
CLOSE_REFUSED = 4403
CLOSE_NO_HELLO = 4408


class WidgetConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """One open widget. Before `hello` was accepted it can do nothing; after it, only what its session allows."""

    peer: Peer | None = None
    _hello_timer: asyncio.TimerHandle | None = None
    _typed_at = 0.0

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels does it, without its trip through a thread for every event to close old database connections:
        here they live in the chat's own threads, which do that themselves (`chat.threads`)."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError(f"no handler for {message['type']}")
        await handler(message)

    async def connect(self) -> None:
        await self.accept()
        loop = asyncio.get_running_loop()
        self._hello_timer = loop.call_later(HELLO_SECONDS, lambda: loop.create_task(self.close(CLOSE_NO_HELLO)))

    async def disconnect(self, code: int) -> None:
        self._stop_hello_timer()
        if self.peer is not None:
            try:
                await self.channel_layer.group_discard(group_of(self.peer.session_id), self.channel_name)
            except (RedisError, OSError):
                logger.info("left a group while Redis was away")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        raw: str | bytes = text_data if text_data is not None else bytes_data or b""
        if len(raw) > MAX_FLOOD:
            await self.close(CLOSE_TOO_BIG)
            return
        message_id = None
        try:
            fields = parse_object(raw)
            message_id = _echo(fields)
            await self._handle(fields)
        except AppError as error:
            await self._refuse(error, message_id)
        except Exception:
            logger.exception("a widget's frame failed")
            await self._refuse(AppError(code="server"), message_id)

    async def _handle(self, fields: Fields) -> None:
        kind = fields.text("type", required=True)
        if kind == "hello":
            await self._hello(fields)
            return
        handler = self._HANDLERS.get(kind)
        if handler is None or self.peer is None:
            raise BadFrame(code="bad_frame" if self.peer else "hello_first")
        await handler(self, self.peer, fields)

    async def _hello(self, fields: Fields) -> None:
        try:
            if fields.seq("v") != VERSION:
                raise BadFrame(code="version")
            peer = await in_database(socket_work.recognise)(fields, *_where_from(self.scope))
        except AppError as error:
            await self._refuse(error, None)
            await self.close(CLOSE_REFUSED)
            return
        if self.peer is not None and self.peer.session_id != peer.session_id:
            await self.channel_layer.group_discard(group_of(self.peer.session_id), self.channel_name)
        self.peer = peer
        self._stop_hello_timer()
        await self._catch_up(peer, fields)

    async def _catch_up(self, peer: Peer, fields: Fields) -> None:
        """Join the group first, read second: what is posted in between arrives twice rather than never."""
        live = await self._join(peer)
        snapshot = await in_database(socket_work.catch_up)(peer, fields.seq("last_seq"))
        await self._send(snapshot | {"type": "ready", "v": VERSION, "live": live})

    async def _join(self, peer: Peer) -> bool:
        try:
            await self.channel_layer.group_add(group_of(peer.session_id), self.channel_name)
        except (RedisError, OSError):
            logger.warning("a widget is without pushes: Redis is away")
            return False
        return True

    async def _say(self, peer: Peer, fields: Fields) -> None:
        await self._send(await in_database(socket_work.say_words)(peer, fields))

    async def _typing(self, peer: Peer, fields: Fields) -> None:
        now, on = time.monotonic(), fields.flag("on")
        if on and now - self._typed_at < TYPING_SECONDS:
            return
        self._typed_at = now if on else 0.0
        await in_database(socket_work.tell_typing)(peer, on)

    async def _seen(self, peer: Peer, fields: Fields) -> None:
        await in_database(socket_work.note_seen)(peer, fields.seq("seq"))

    async def _end(self, peer: Peer, fields: Fields) -> None:
        await in_database(socket_work.end)(peer)

    async def _ping(self, peer: Peer, fields: Fields) -> None:
        await self._send({"type": "pong"})

    _HANDLERS = {"send": _say, "typing": _typing, "seen": _seen, "end": _end, "sync": _catch_up, "ping": _ping}

    async def chat_frame(self, event: dict[str, Any]) -> None:
        """A frame from the group (`chat.live`), passed on as it is."""
        await self._send(event["frame"])

    async def _refuse(self, error: AppError, message_id: str | None) -> None:
        frame: dict[str, Any] = {"type": "error", "code": error.code, "message": str(error.message)}
        if message_id:
            frame["id"] = message_id
        if wait := getattr(error, "retry_after", None):
            frame["retry_after"] = wait
        if isinstance(error, TooLarge) and not message_id:
            frame["code"] = "too_large"
        await self._send(frame)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(json.dumps(frame, ensure_ascii=False))

    def _stop_hello_timer(self) -> None:
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None


def _echo(fields: Fields) -> str | None:
    """The sender's id, so that an error can be laid at the right message; None when it is not fit to be repeated."""
    try:
        return fields.text("id")[:64] or None
    except BadFrame:
        return None


def _where_from(scope: dict[str, Any]) -> tuple[str, str]:
    """Origin and Host of the handshake."""
    headers = dict(scope.get("headers", ()))
    return headers.get(b"origin", b"").decode("latin-1"), headers.get(b"host", b"").decode("latin-1")
