"""The console's socket: hints to the browser, presence to the database.

Protocol (docs/subsystems/console.md): the server sends {"type": "hint", "event", "ticket", "seq"}, {"type": "pong"},
{"type": "availability"} (the agent's own is another now), {"type": "colleague", "ticket", "agent", "name", "do"} (what
clients have said of themselves by "at") and {"type": "error", "code", "message"}; the client sends
{"type": "ping"}, {"type": "got", "ticket", "seq"}: the page holds this chat's words up to there, and {"type": "at",
"ticket", "do"}: the agent looks at it ("view"), writes in it ("write"), is gone from it ("leave"). Close codes: 4401,
the session is over; 4409, what the agent may see has changed, connect again; 1012, hints may have been lost, connect
again and look.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils.translation import gettext as _

from agents.actions import note_presence
from agents.models import Agent
from agents.permissions import visible_brands
from agents.selectors import PRESENCE_SECONDS
from chat.actions.agents import Got, mark_agents_got
from chat.pipeline import Batches
from chat.threads import in_database
from console.company import DOING, Whereabouts, announce, brand_of
from console.groups import agent_group, brand_group, session_mark
from core.line import Line, Receive, Scope, Send
from core.switchboard import switchboard

logger = logging.getLogger(__name__)

SESSION_ENDED = 4401
ACCESS_CHANGED = 4409
HINTS_LOST = 1012
LOOK_SECONDS = 3.0
"""How often a socket makes sure that its agent may still listen; who may not is out within this time."""
LONGEST_FRAME = 4096


@dataclass(frozen=True, slots=True)
class Access:
    """What decides which hints an agent gets. Two that are equal need no new socket."""

    brands: frozenset[int]
    teams: frozenset[int]
    role: str


class ConsoleSocket(Line):
    """One browser tab of one agent."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self.agent: Agent | None = None
        self.groups: list[str] = []
        self.look: asyncio.Task[None] | None = None
        self.whereabouts = Whereabouts()

    async def welcome(self) -> bool:
        if not self._same_origin():
            await self._send({"type": "websocket.close"})
            return False
        await super().welcome()
        agent = self.scope["user"]
        if not isinstance(agent, Agent) or not agent.is_active:
            # Accepted first: a browser learns the code of an accepted socket only.
            self.close(SESSION_ENDED)
            return True
        self.agent = agent
        access = await in_database(_access)(agent)
        self.groups = [agent_group(agent.pk), *(brand_group(brand) for brand in access.brands)]
        for group in self.groups:
            switchboard().join(group, self)
        await switchboard().ready()
        self.look = asyncio.create_task(self._look_for_ever(agent, access))
        return True

    async def left(self) -> None:
        if self.look:
            self.look.cancel()
        for group in self.groups:
            switchboard().leave(group, self)

    async def heard(self, raw: str | bytes) -> None:
        """Answer a ping, note what the page holds; anything else gets an error frame and changes nothing."""
        frame = _parse(raw)
        if frame.get("type") == "ping":
            self.say({"type": "pong"})
        elif (
            frame.get("type") == "got"
            and self.agent
            and _is_number(frame.get("ticket"))
            and _is_number(frame.get("seq"))
        ):
            await GOT.do(Got(self.agent.pk, frame["ticket"], frame["seq"]))
        elif frame.get("type") == "at" and self.agent and _is_number(frame.get("ticket")) and frame.get("do") in DOING:
            await self._at(self.agent, frame["ticket"], frame["do"])
        else:
            self.say({"type": "error", "code": "bad_frame", "message": _("The console could not understand that.")})

    async def _at(self, agent: Agent, ticket: int, doing: str) -> None:
        """The page is at this conversation: the colleagues who are there too are told."""
        at = self.whereabouts
        if at.is_too_often():
            return
        if ticket != at.ticket:
            at.ticket, at.brand_id = ticket, await in_database(brand_of)(agent, ticket)
        if at.brand_id:
            await in_database(announce)(agent, ticket, at.brand_id, doing)

    def hear(self, text: str) -> None:
        if text.startswith('{"type": "session.ended"'):
            self._session_ended(json.loads(text))
        else:
            super().hear(text)

    def missed(self) -> None:
        self.close(HINTS_LOST)

    def _session_ended(self, order: dict[str, Any]) -> None:
        """Somebody signed out: is it this browser?"""
        if order["mark"] == session_mark(self.scope["session"].session_key or ""):
            self.close(SESSION_ENDED)

    async def _look_for_ever(self, agent: Agent, access: Access) -> None:
        seen_at = time.monotonic()
        await in_database(note_presence)(agent.pk)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look(agent, access)
                if time.monotonic() - seen_at >= PRESENCE_SECONDS - LOOK_SECONDS:
                    seen_at = time.monotonic()
                    await in_database(note_presence)(agent.pk)
            except Exception:
                logger.exception("an open console could not be looked after")

    async def _look(self, agent: Agent, access: Access) -> None:
        now = await in_database(_access_of)(agent, self.scope["session"].session_key)
        if now is None:
            self.close(SESSION_ENDED)
        elif now != access:
            self.close(ACCESS_CHANGED)

    def _same_origin(self) -> bool:
        """Another site's page must not open a socket with the agent's cookie."""
        headers = dict(self.scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        return bool(host) and urlsplit(origin).netloc == host


def _note_got(gots: Sequence[Got]) -> list[None]:
    mark_agents_got(gots)
    return [None] * len(gots)


GOT = Batches[Got, None](_note_got)


def _parse(raw: str | bytes) -> dict[str, Any]:
    """The frame's members; none of a frame that is none."""
    if not isinstance(raw, str) or len(raw) > LONGEST_FRAME:
        return {}
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _access_of(agent: Agent, session_key: str | None) -> Access | None:
    """What the agent may hear now; None when the session no longer holds, for whatever reason."""
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, Agent) or not user.is_active or user.pk != agent.pk:
        return None
    return _access(user)


def _access(agent: Agent) -> Access:
    return Access(
        brands=frozenset(visible_brands(agent).values_list("pk", flat=True)),
        teams=frozenset(agent.teams.values_list("pk", flat=True)),
        role=agent.role,
    )
