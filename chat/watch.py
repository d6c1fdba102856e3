"""One per web process: every two seconds, what became of the chats whose widgets are open here.

Pushes are hints and may be lost; permissions may be taken away by people, by commands, in the database. One pass of
three queries (one more where a site vouches for somebody) finds, for all sockets of the process, who may no longer
listen, and who lacks a message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from chat.errors import ChatEnded, WrongOrigin
from chat.models import ChatSession, State, Widget
from chat.permissions import is_origin_allowed
from chat.selectors import lost_chats
from chat.threads import in_database
from core.errors import AppError, NotFound

if TYPE_CHECKING:
    from chat.consumers import WidgetSocket
    from chat.socket_work import Peer

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0

CLOSE_REVOKED = 4403
CLOSE_OVER = 4410
"""The chat has ended: no reason to connect again before the visitor writes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says of one chat now. Its widget is None when it is switched off."""

    state: str
    last_seq: int
    widget: Widget | None


class Watch:
    def __init__(self) -> None:
        self._sockets: set[WidgetSocket] = set()
        self._ended: set[WidgetSocket] = set()
        """Those whose chat was over at the last look as well: they have had their `state` frame."""
        self._task: asyncio.Task[None] | None = None

    def add(self, socket: WidgetSocket) -> None:
        self._sockets.add(socket)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_for_ever())

    def discard(self, socket: WidgetSocket) -> None:
        self._sockets.discard(socket)
        self._ended.discard(socket)

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except Exception:
                logger.exception("the open widgets could not be looked after")

    async def _look(self) -> None:
        # What the sockets hold before the database is asked: a message that comes meanwhile is no lost one.
        held = [(socket, socket.peer, socket.seq) for socket in self._sockets if not socket.is_closing]
        if not held:
            return
        standings = await in_database(read_standings)([peer.session_id for _socket, peer, _seq in held if peer])
        for socket, peer, seq in held:
            if peer is not None and socket.peer is peer:
                self._judge(socket, peer, standings.get(peer.session_id), seq)

    def _judge(self, socket: WidgetSocket, peer: Peer, standing: Standing | None, seq: int) -> None:
        if standing is None or standing.widget is None:
            _put_out(socket, NotFound(), CLOSE_REVOKED)
        elif not is_origin_allowed(standing.widget, peer.origin, peer.host):
            _put_out(socket, WrongOrigin(), CLOSE_REVOKED)
        elif standing.state == State.ENDED:
            if socket in self._ended:
                _put_out(socket, ChatEnded(), CLOSE_OVER)
            self._ended.add(socket)
        else:
            self._ended.discard(socket)
            if standing.last_seq > seq == socket.seq:
                socket.missed()


def _put_out(socket: WidgetSocket, error: AppError, code: int) -> None:
    if code != CLOSE_OVER:
        socket.refuse(error)
    socket.close(code)


def read_standings(session_ids: Sequence[int]) -> dict[int, Standing]:
    """By session; those that no longer exist are missing, and those that their browser may no longer open."""
    wanted = set(session_ids)
    rows = ChatSession.objects.filter(pk__in=wanted - lost_chats(wanted)).values_list(
        "pk", "state", "ticket__last_seq", "widget_id"
    )
    chats = list(rows)
    widgets = Widget.objects.filter(is_active=True).in_bulk({row[3] for row in chats})
    return {pk: Standing(state, last_seq, widgets.get(widget)) for pk, state, last_seq, widget in chats}


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """The one of the running event loop."""
    return _watches.setdefault(asyncio.get_running_loop(), Watch())
