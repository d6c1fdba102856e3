"""Redis may be flushed or killed at any time: pushes are hints, PostgreSQL is the truth."""

from __future__ import annotations

import asyncio

import pytest
import redis as redis_client
from django.db import connection

from agents.models import Agent
from contactcentre.embedded.services import Services
from tests.faults.client import Storage, Tab
from tests.faults.conftest import opened, said, ticket_of, until
from tests.faults.desk import Desk
from tests.live import LiveApp
from tickets.actions import post_reply
from tickets.content import NewMessage

pytestmark = pytest.mark.slow

BACK_SECONDS = 10.0


@pytest.fixture
def own_redis(redis: Services, web: LiveApp) -> Services:
    """Made before the web processes, which read its address when they start."""
    return redis


def test_redis_killed_and_flushed_loses_nothing(own_redis: Services, web: LiveApp, ana: Agent, cookie: str) -> None:
    storage = Storage()

    async def talk() -> tuple[list[str], list[str]]:
        tab = Tab(web.port, storage)
        await tab.start("Hello")
        ticket = await asyncio.to_thread(_ticket, storage)
        desk = Desk(web.port, cookie, [ticket])
        async with opened(tab, desk):
            await until(lambda: tab.is_live, 10)
            await _exchange(ana, ticket, storage, tab, "as ever")

            await asyncio.to_thread(_flush, own_redis)
            await _exchange(ana, ticket, storage, tab, "flushed")

            _kill(own_redis)
            await _exchange(ana, ticket, storage, tab, "without Redis")

            await asyncio.to_thread(own_redis.ensure_running, ["redis"])
            await _exchange(ana, ticket, storage, tab, "with Redis again")
            await until(lambda: len(desk.read[ticket]) == 9, 30, "the console")
        return tab.texts(), desk.texts(ticket)

    shown, read = asyncio.run(talk())
    assert shown == read == said(storage)
    assert len(shown) == 9


async def _exchange(agent: Agent, ticket: int, storage: Storage, tab: Tab, words: str) -> None:
    """A word and its answer, within the time that the protocol promises."""
    storage.write(f"visitor: {words}")
    await until(lambda: not storage.outbox, BACK_SECONDS, f"ack: {words}")
    await asyncio.to_thread(_reply, agent, ticket, f"agent: {words}")
    await until(lambda: f"agent: {words}" in tab.texts(), BACK_SECONDS, f"reply: {words}")


def _ticket(storage: Storage) -> int:
    try:
        return ticket_of(storage)
    finally:
        connection.close()


def _reply(agent: Agent, ticket: int, text: str) -> None:
    try:
        post_reply(agent, ticket, NewMessage(text))
    finally:
        connection.close()


def _kill(services: Services) -> None:
    process = services.state().processes["redis"].process()
    assert process is not None
    process.kill()
    process.wait(5)


def _flush(services: Services) -> None:
    redis_client.Redis.from_url(services.environment()["REDIS_URL"]).flushall()
