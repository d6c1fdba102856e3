"""The console's socket: who may open it, what it carries, how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from agents.actions import set_availability
from agents.models import Agent, Brand
from console import consumers
from contactcentre.asgi import application
from crm.models import Customer
from tests import factories
from tests.console.line import Line
from tickets.actions import assign_ticket, post_note
from tickets.content import NewMessage

pytestmark = pytest.mark.usefixtures("_own_threads")
ORIGIN = b"http://testserver"


def socket(client: Client | None, origin: bytes = ORIGIN) -> Line:
    headers = [(b"host", b"testserver"), (b"origin", origin)]
    if client is not None:
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())
        headers.append((b"cookie", cookies.encode()))
    return Line(application, "/ws/console/", headers)


@asynccontextmanager
async def connected(client: Client) -> AsyncIterator[Line]:
    line = socket(client)
    await line.connect()
    await line.send({"type": "ping"})  # answered after the groups were joined
    assert await line.receive() == {"type": "pong"}
    await asyncio.sleep(0.1)  # the subscription reaches Redis
    yield line
    await line.disconnect()


async def do(action: Callable[..., Any], *args: Any, **fields: Any) -> Any:
    return await sync_to_async(action)(*args, **fields)


async def test_a_message_is_announced_by_ids_alone(as_ana: Client, brand: Brand, mia: Customer) -> None:
    ticket = await do(factories.ticket, mia, brand)
    async with connected(as_ana) as line:
        await do(factories.says, mia, ticket, "very private words")
        frame = await line.receive()
    assert frame == {"type": "hint", "event": "message", "ticket": ticket.pk, "seq": 2}


async def test_notes_and_changes_are_announced_too(as_ana: Client, ana: Agent, brand: Brand, mia: Customer) -> None:
    ticket = await do(factories.ticket, mia, brand)
    async with connected(as_ana) as line:
        await do(post_note, ana, ticket.pk, NewMessage("secret"))
        await do(assign_ticket, ana, ticket.pk, ana)
        frames = [await line.receive() for _ in range(2)]
    assert [frame["event"] for frame in frames] == ["message", "changed"]
    assert "secret" not in str(frames)


async def test_agents_of_another_brand_hear_nothing(as_otto: Client, brand: Brand, mia: Customer) -> None:
    async with connected(as_otto) as line:
        await do(factories.ticket, mia, brand)
        assert await line.is_silent(0.5)


@pytest.mark.parametrize("origin", [b"http://evil.example.com", b"", b"null", b"http://testserver.evil.com", b"\xff"])
async def test_another_sites_page_cannot_open_it(origin: bytes, as_ana: Client) -> None:
    line = socket(as_ana, origin)
    assert (await line.open_raw())["type"] == "websocket.close"


async def test_a_stranger_is_told_that_the_session_is_over() -> None:
    line = socket(None)
    await line.connect()
    assert await line.closed_with() == 4401


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"type": 1}', '"ping"', "x" * 100_000, "[" * 5000, "\x00"])
async def test_what_makes_no_sense_gets_an_error_frame_and_the_line_lives(text: str, as_ana: Client) -> None:
    async with connected(as_ana) as line:
        await line.send_raw(text)
        frame = await line.receive()
        assert (frame["type"], frame["code"]) == ("error", "bad_frame")
        await line.send_bytes(b"\xff\xfe")
        assert (await line.receive())["type"] == "error"
        await line.send({"type": "ping"})
        assert await line.receive() == {"type": "pong"}


async def test_signing_out_closes_this_sessions_sockets_and_no_others(as_ana: Client, ana: Agent) -> None:
    elsewhere = Client()
    await do(elsewhere.force_login, ana)
    async with connected(as_ana) as line, connected(elsewhere) as other:
        await do(as_ana.post, "/accounts/logout/")
        assert await line.closed_with() == 4401
        assert await other.receive() == {"type": "availability"}
        assert await other.is_silent(0.3)


async def test_a_deactivated_agent_is_put_out(as_ana: Client, ana: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    async with connected(as_ana) as line:
        await do(Agent.objects.filter(pk=ana.pk).update, is_active=False)
        assert await line.closed_with() == 4401


async def test_an_open_console_is_noted_as_presence(as_ana: Client, ana: Agent) -> None:
    async with connected(as_ana):
        await do(ana.refresh_from_db)
    assert ana.last_seen_at is not None


async def test_ones_own_availability_is_told_and_nobody_elses(as_ana: Client, ana: Agent, leo: Agent) -> None:
    async with connected(as_ana) as line:
        await do(set_availability, leo.pk, "away")
        await do(set_availability, ana.pk, "last_call")
        frames = [await line.receive(), await line.receive()]
    # Nothing to finish: the last call is over at once.
    assert frames == [{"type": "availability"}] * 2
    await do(ana.refresh_from_db)
    assert ana.availability == "away"


async def test_a_brand_taken_away_closes_the_socket_within_five_seconds(
    as_ana: Client, ana: Agent, other_brand: Brand
) -> None:
    async with connected(as_ana) as line:
        await do(ana.brands.set, [other_brand])
        async with asyncio.timeout(5):
            assert await line.closed_with() == consumers.ACCESS_CHANGED


async def test_a_changed_team_closes_the_socket(
    as_ana: Client, ana: Agent, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    async with connected(as_ana) as line:
        await do(ana.teams.add, await do(factories.team, "Returns", brand))
        assert await line.closed_with() == consumers.ACCESS_CHANGED


async def test_a_changed_password_closes_the_socket(
    as_ana: Client, ana: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.2)
    async with connected(as_ana) as line:
        ana.set_password("another horse battery")
        await do(ana.save)
        assert await line.closed_with() == consumers.SESSION_ENDED


@pytest.mark.parametrize(
    "frame", [{"ticket": "1", "seq": 1}, {"ticket": 1}, {"ticket": 1, "seq": -1}, {"ticket": 2**70, "seq": 1}]
)
async def test_a_got_that_makes_no_sense_is_refused(frame: dict[str, Any], as_ana: Client) -> None:
    async with connected(as_ana) as line:
        await line.send({"type": "got"} | frame)
        assert (await line.receive())["code"] == "bad_frame"


async def test_a_got_about_a_strangers_chat_changes_nothing(as_ana: Client) -> None:
    async with connected(as_ana) as line:
        await line.send({"type": "got", "ticket": 123456, "seq": 1})
        await line.send({"type": "ping"})
        assert await line.receive() == {"type": "pong"}
