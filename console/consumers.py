"""The console's socket: hints to the browser, presence to the database.

Protocol (docs/subsystems/console.md): the server sends {"type": "hint", "event", "ticket", "seq"}, {"type": "pong"} and
{"type": "error", "code", "message"}; the client sends {"type": "ping"}. Close code 4401: the session is over.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from agents.permissions import visible_brands
from console.groups import agent_group, brand_group, session_mark

SESSION_ENDED = 4401
LOOK_SECONDS = 30.0
"""How often a socket makes sure that its session still holds; a deactivated agent is out within this time."""
LONGEST_FRAME = 4096


class ConsoleConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """One browser tab of one agent."""

    agent: Agent
    groups_joined: list[str]
    look: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.groups_joined = []
        if not self._same_origin():
            await self.close()
            return
        await self.accept()
        agent = self.scope["user"]
        if not isinstance(agent, Agent) or not agent.is_active:
            # Accepted first: a browser learns the code of an accepted socket only.
            await self.close(SESSION_ENDED)
            return
        self.agent = agent
        await self._join()
        self.look = asyncio.create_task(self._look_again())

    async def disconnect(self, _code: int) -> None:
        if self.look:
            self.look.cancel()
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping; anything else gets an error frame and changes nothing."""
        if _is_ping(text_data):
            await self._frame(type="pong")
        else:
            await self._frame(type="error", code="bad_frame", message=_("The console could not understand that."))

    async def hint(self, event: dict[str, Any]) -> None:
        await self._frame(**event)

    async def session_ended(self, event: dict[str, Any]) -> None:
        if event["mark"] == session_mark(self.scope["session"].session_key or ""):
            await self.close(SESSION_ENDED)

    async def _join(self) -> None:
        brands = await database_sync_to_async(_note_presence)(self.agent)
        self.groups_joined = [agent_group(self.agent.pk), *(brand_group(brand) for brand in brands)]
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not await self._still_signed_in():
                await self.close(SESSION_ENDED)
                return
            await database_sync_to_async(_note_presence)(self.agent)

    async def _still_signed_in(self) -> bool:
        session = SessionStore(self.scope["session"].session_key)
        user = await get_user({"session": session})
        return isinstance(user, Agent) and user.is_active and user.pk == self.agent.pk

    def _same_origin(self) -> bool:
        """Another site's page must not open a socket with the agent's cookie."""
        headers = dict(self.scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        return bool(host) and urlsplit(origin).netloc == host

    async def _frame(self, **frame: Any) -> None:
        await self.send(text_data=json.dumps(frame))


def _is_ping(text: str | None) -> bool:
    if not text or len(text) > LONGEST_FRAME:
        return False
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(frame, dict) and frame.get("type") == "ping"


def _note_presence(agent: Agent) -> list[int]:
    """Remember that the agent's console is open; return the brands whose hints it gets."""
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=timezone.now())
    return list(visible_brands(agent).values_list("pk", flat=True))
