"""Web processes are killed again and again while visitors write and an agent reads and answers."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from django.db import connection

from agents.models import Agent
from tests.faults.client import Storage, Tab
from tests.faults.conftest import opened, said, ticket_of, until, wait_until_serving
from tests.faults.desk import Desk
from tests.live import LiveApp
from tickets.actions import post_reply
from tickets.content import NewMessage

pytestmark = pytest.mark.slow

KILLS = 20
VISITORS = 20
MESSAGES_EACH = 100
PACE_SECONDS = 0.55
"""A visitor's bucket gives two messages a second."""
REPLIES = 10
BACK_SECONDS = 10.0


def test_twenty_killed_web_processes_lose_and_double_nothing(web: LiveApp, ana: Agent, cookie: str) -> None:
    ana.chat_capacity = 1000  # one agent with all the chats
    ana.save(update_fields=["chat_capacity"])
    storages = [Storage() for _visitor in range(VISITORS)]
    tabs = [Tab(web.port, storage) for storage in storages]

    async def talk() -> Desk:
        await asyncio.gather(*(tab.start("Hello") for tab in tabs))
        tickets = await asyncio.to_thread(_tickets, storages)
        desk = Desk(web.port, cookie, tickets)
        async with opened(desk, *tabs):
            await until(lambda: all(tab.is_live for tab in tabs), 30)
            killing = asyncio.create_task(asyncio.to_thread(_kill_many, web))
            answering = asyncio.create_task(asyncio.to_thread(_answer, ana, tickets))
            await asyncio.gather(*(_write(storage) for storage in storages))
            await killing
            await answering
            await until(lambda: not any(storage.outbox for storage in storages), 60, "words without an ack")
            whole = 1 + MESSAGES_EACH + REPLIES
            await until(lambda: all(len(tab.held) == whole for tab in tabs), 30, "messages missing in a tab")
            await until(
                lambda: all(len(read) == whole for read in desk.read.values()), 30, "messages missing in the console"
            )
        return desk

    desk = asyncio.run(talk())
    written = ["Hello", *(f"message {number}" for number in range(MESSAGES_EACH))]
    for storage, tab in zip(storages, tabs, strict=True):
        stored = said(storage)
        assert [text for text in stored if not text.startswith("answer")] == written
        assert len(stored) == len(written) + REPLIES
        assert tab.texts() == stored
        assert desk.texts(ticket_of(storage)) == stored
    outages = [seconds for tab in tabs for seconds in tab.outages]
    assert len(outages) >= VISITORS  # the kills were felt
    assert max(outages) <= BACK_SECONDS
    assert desk.hints > 0


def _tickets(storages: list[Storage]) -> list[int]:
    try:
        return [ticket_of(storage) for storage in storages]
    finally:
        connection.close()


async def _write(storage: Storage) -> None:
    for number in range(MESSAGES_EACH):
        storage.write(f"message {number}")
        await asyncio.sleep(PACE_SECONDS)


def _kill_many(web: LiveApp) -> None:
    """Always the one that serves longest, when the one before has a successor that serves."""
    for kill in range(KILLS):
        wait_until_serving(web, 2 + kill)
        web.web_workers()[0].send_signal(signal.SIGKILL)
        time.sleep(0.5)


def _answer(agent: Agent, tickets: list[int]) -> None:
    try:
        for number in range(REPLIES):
            for ticket in tickets:
                post_reply(agent, ticket, NewMessage(f"answer {number}"))
            time.sleep(2)
    finally:
        connection.close()
