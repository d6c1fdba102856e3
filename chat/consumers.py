"""The widget's socket, as docs/subsystems/chat-protocol.md says. Every change is an action, acked after commit."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Coroutine
from typing import Any

from chat import socket_work
from chat.actions import visitor_typing
from chat.errors import BadFrame
from chat.live import group_of
from chat.pipeline import Batches
from chat.protocol import MAX_FLOOD, VERSION, Fields, client_id, parse_object
from chat.socket_work import CaughtUp, Hello, Peer
from chat.threads import in_database
from chat.watch import watch
from core.errors import AppError, NotFound, TooLarge
from core.line import Line, Receive, Scope, Send
from core.switchboard import switchboard
from tickets.content import NewMessage

logger = logging.getLogger(__name__)

HELLO_SECONDS = 10
GOT_SECONDS = 0.5
"""What a client says it holds is written down at most this often."""
TYPING_SECONDS = 1.0
"""The visitor's typing is passed on at most this often."""

CLOSE_TOO_BIG = 1009
CLOSE_REFUSED = 4403
CLOSE_NO_HELLO = 4408

PONG = '{"type": "pong"}'
MESSAGE_BEGINS = '{"type": "message"'

RECOGNISE = Batches[Hello, Peer](socket_work.recognise)
CATCH_UP = Batches[tuple[Peer, int], CaughtUp](socket_work.catch_up)
GOT = Batches[tuple[Peer, int], None](socket_work.note_got)
SAY = Batches[tuple[Peer, NewMessage], dict[str, Any]](socket_work.say_words)


class WidgetSocket(Line):
    """One open widget. Before `hello` was accepted it can do nothing; after it, only what its session allows."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self.peer: Peer | None = None
        self.seq = 0
        """The last message number that went out; larger ones are the watch's matter (`chat.watch`)."""
        self._hello_timer: asyncio.TimerHandle | None = None
        self._got = self._got_noted = 0
        self._got_timer: asyncio.TimerHandle | None = None
        self._typing = False
        self._typed_at = 0.0

    async def welcome(self) -> bool:
        await super().welcome()
        loop = asyncio.get_running_loop()
        self._hello_timer = loop.call_later(HELLO_SECONDS, self.close, CLOSE_NO_HELLO)
        return True

    async def left(self) -> None:
        self._stop_hello_timer()
        if self._got_timer is not None:
            self._got_timer.cancel()
        self._leave()

    async def heard(self, raw: str | bytes) -> None:
        if len(raw) > MAX_FLOOD:
            self.close(CLOSE_TOO_BIG)
            return
        message_id = None
        try:
            fields = parse_object(raw)
            message_id = _echo(fields)
            await self._handle(fields)
        except AppError as error:
            self.refuse(error, message_id)
        except Exception:
            logger.exception("a widget's frame failed")
            self.refuse(AppError(code="server"), message_id)

    def hear(self, text: str) -> None:
        if text.startswith(MESSAGE_BEGINS):
            self.seq = max(self.seq, json.loads(text)["seq"])
        super().hear(text)

    def missed(self) -> None:
        """Redis was away: what was posted meanwhile is read from the database."""
        if self.peer is not None and not self.is_closing:
            _forget(self._resume(self.peer))

    def refuse(self, error: AppError, message_id: str | None = None) -> None:
        frame: dict[str, Any] = {"type": "error", "code": error.code, "message": str(error.message)}
        if message_id:
            frame["id"] = message_id
        if wait := getattr(error, "retry_after", None):
            frame["retry_after"] = wait
        if isinstance(error, TooLarge) and not message_id:
            frame["code"] = "too_large"
        self.say(frame)

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
            after = fields.seq("last_seq")
            peer = await RECOGNISE.do(socket_work.hello_of(fields, *_where_from(self.scope)))
        except AppError as error:
            self.refuse(error)
            self.close(CLOSE_REFUSED)
            return
        self._stop_hello_timer()
        self._leave()
        self.peer, self.seq = peer, after
        # Join first, read second: what is posted in between arrives twice rather than never.
        switchboard().join(group_of(peer.session_id), self)
        watch().add(self)
        await self._catch_up(peer, after)

    async def _sync(self, peer: Peer, fields: Fields) -> None:
        await self._catch_up(peer, fields.seq("last_seq"))

    async def _catch_up(self, peer: Peer, after: int) -> None:
        live = await switchboard().ready()
        caught_up = await CATCH_UP.do((peer, after))
        self.seq = max(self.seq, caught_up.seq)
        self.say(caught_up.frame | {"type": "ready", "v": VERSION, "live": live})

    async def _resume(self, peer: Peer) -> None:
        """As if the client had asked."""
        try:
            await self._catch_up(peer, self.seq)
        except NotFound:
            logger.info("a chat ceased to exist while its widget was open")  # the watch closes the socket

    async def _send_words(self, peer: Peer, fields: Fields) -> None:
        message = NewMessage(fields.text("text"), client_id=client_id(fields))
        ack = await SAY.do((peer, message))
        self.seq = max(self.seq, ack["seq"])
        self.say(ack)

    async def _typing_frame(self, peer: Peer, fields: Fields) -> None:
        """Passed on when it is news, and while it goes on at most once in TYPING_SECONDS."""
        now, on = time.monotonic(), fields.flag("on")
        if now - self._typed_at < TYPING_SECONDS if on else not self._typing:
            return
        self._typing = on
        if on:
            self._typed_at = now
        await in_database(visitor_typing)(peer.session_id, peer.ticket_id, peer.brand_id, on)

    async def _got_frame(self, peer: Peer, fields: Fields) -> None:
        """Noted a moment later, together with what comes in until then."""
        self._got = max(self._got, min(fields.seq("seq"), self.seq))
        if self._got > self._got_noted and self._got_timer is None:
            self._got_timer = asyncio.get_running_loop().call_later(GOT_SECONDS, self._note_got, peer)

    def _note_got(self, peer: Peer) -> None:
        self._got_timer = None
        self._got_noted = self._got
        _forget(GOT.do((peer, self._got)))

    async def _seen(self, peer: Peer, fields: Fields) -> None:
        await in_database(socket_work.note_seen)(peer, fields.seq("seq"))

    async def _end(self, peer: Peer, fields: Fields) -> None:
        await in_database(socket_work.end)(peer)

    async def _ping(self, peer: Peer, fields: Fields) -> None:
        self.hear(PONG)

    _HANDLERS = {
        "send": _send_words,
        "typing": _typing_frame,
        "got": _got_frame,
        "seen": _seen,
        "end": _end,
        "sync": _sync,
        "ping": _ping,
    }

    def _leave(self) -> None:
        if self.peer is not None:
            switchboard().leave(group_of(self.peer.session_id), self)
            watch().discard(self)
            self.peer = None

    def _stop_hello_timer(self) -> None:
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None


_under_way: set[asyncio.Task[Any]] = set()


def _forget(work: Coroutine[Any, Any, Any]) -> None:
    """Do it without waiting for it. The loop alone would not keep it alive; a failure is logged."""
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_ended)


def _ended(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("a widget's work failed", exc_info=error)


def _echo(fields: Fields) -> str | None:
    """The sender's id, so that an error can be laid at the right message; None when it is not fit to be repeated."""
    try:
        return fields.text("id")[:64] or None
    except BadFrame:
        return None


def _where_from(scope: Scope) -> tuple[str, str]:
    """Origin and Host of the handshake."""
    headers = dict(scope.get("headers", ()))
    return headers.get(b"origin", b"").decode("latin-1"), headers.get(b"host", b"").decode("latin-1")
