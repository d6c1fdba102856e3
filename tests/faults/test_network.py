"""The network between a visitor and us fails; nothing is lost, doubled or out of order, and all are back soon."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.db import connection

from agents.models import Agent
from tests.faults.client import Storage, Tab
from tests.faults.conftest import opened, said, ticket_of, until
from tests.faults.network import network
from tests.live import LiveApp
from tickets.actions import post_reply
from tickets.content import NewMessage

pytestmark = pytest.mark.slow

BACK_SECONDS = 10.0
FOUND_DEAD_SECONDS = 20.0


@pytest.mark.parametrize("seconds", [1, 30])
def test_a_cut_line_loses_nothing_either_way(web: LiveApp, ana: Agent, seconds: int) -> None:
    storage = Storage()

    async def talk() -> tuple[list[str], float]:
        async with network(web.port) as between:
            tab = Tab(between.port, storage)
            await tab.start("Hello")
            async with opened(tab):
                await until(lambda: tab.is_live, 10)
                for number in range(5):
                    storage.write(f"before {number}")
                await asyncio.sleep(0.01)
                between.cut()
                for number in range(5):
                    storage.write(f"during {number}")
                await asyncio.to_thread(_reply, ana, storage, "We are looking")
                await asyncio.sleep(seconds)
                between.mend()
                back = await until(lambda: tab.is_live and not storage.outbox and len(tab.held) == 12, 30)
            return tab.texts(), back

    shown, back = asyncio.run(talk())
    assert back <= BACK_SECONDS
    assert shown == said(storage)
    assert [text for text in shown if text != "We are looking"] == [
        "Hello",
        *(f"before {number}" for number in range(5)),
        *(f"during {number}" for number in range(5)),
    ]


def test_a_line_that_swallows_everything_is_found_dead_by_both_sides(web: LiveApp) -> None:
    storage = Storage()

    async def talk() -> tuple[float, float]:
        async with network(web.port) as between:
            tab = Tab(between.port, storage)
            await tab.start("Hello")
            async with opened(tab):
                await until(lambda: tab.is_live, 10)
                between.swallows = True
                storage.write("into the void")
                begin = time.monotonic()
                await asyncio.wait_for(between.ended_by_server.wait(), FOUND_DEAD_SECONDS)
                server = time.monotonic() - begin
                client = server + await until(lambda: not tab.is_live, FOUND_DEAD_SECONDS)
                between.cut()
                between.mend()
                await until(lambda: not storage.outbox and tab.is_live, 30)
            return server, client

    server, client = asyncio.run(talk())
    assert server <= FOUND_DEAD_SECONDS
    assert client <= FOUND_DEAD_SECONDS
    assert said(storage) == ["Hello", "into the void"]


def test_a_tab_closed_right_after_sending_sends_when_it_is_opened_again(web: LiveApp) -> None:
    storage = Storage()

    async def talk() -> list[str]:
        first = Tab(web.port, storage)
        await first.start("Hello")
        for round in range(5):
            tab = Tab(web.port, storage)
            async with opened(tab):
                await _live(tab)
                for number in range(3):
                    storage.write(f"{round}.{number}")
                await asyncio.sleep(0.005 * round)
        last = Tab(web.port, storage)
        async with opened(last):
            await until(lambda: not storage.outbox and len(last.held) == 16, 20)
        return last.texts()

    shown = asyncio.run(talk())
    assert shown == said(storage) == ["Hello", *(f"{round}.{number}" for round in range(5) for number in range(3))]


def test_two_tabs_that_send_the_same_words_say_them_once(web: LiveApp) -> None:
    """Both tabs work on the outbox that they share, so each message is sent by both, at the same time."""
    storage = Storage()

    async def talk() -> list[list[str]]:
        one, two = Tab(web.port, storage), Tab(web.port, storage)
        await one.start("Hello")
        async with opened(one, two):
            await until(lambda: one.is_live and two.is_live, 10)
            for number in range(25):
                storage.write(str(number))
            await until(lambda: len(one.held) == len(two.held) == 26, 60)
        return [one.texts(), two.texts()]

    shown = asyncio.run(talk())
    written = ["Hello", *(str(number) for number in range(25))]
    assert shown == [written, written]
    assert said(storage) == written


async def _live(tab: Tab) -> None:
    await until(lambda: tab.is_live, 10)


def _reply(agent: Agent, storage: Storage, text: str) -> None:
    try:
        post_reply(agent, ticket_of(storage), NewMessage(text))
    finally:
        connection.close()
