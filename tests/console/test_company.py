"""Colleagues at one conversation see each other; nobody learns where they have no business."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Agent, Brand
from crm.models import Customer
from tests import factories
from tests.console.test_sockets import connected, do

pytestmark = pytest.mark.usefixtures("_own_threads")


@pytest.fixture
def as_leo(brand: Brand) -> Client:
    client = Client()
    client.force_login(factories.agent("Leo Park", brands=[brand]))
    return client


@pytest.mark.parametrize("doing", ["view", "write", "leave"])
async def test_a_colleague_is_told_who_is_there_and_what_they_do(
    doing: str, as_ana: Client, ana: Agent, as_leo: Client, brand: Brand, mia: Customer
) -> None:
    ticket = await do(factories.ticket, mia, brand)
    async with connected(as_leo) as leo, connected(as_ana) as anas:
        await anas.send({"type": "at", "ticket": ticket.pk, "do": doing})
        frame = await leo.receive()
    assert frame == {"type": "colleague", "ticket": ticket.pk, "agent": ana.pk, "name": ana.name, "do": doing}


async def test_another_brands_conversation_cannot_be_haunted(as_ana: Client, other_brand: Brand, mia: Customer) -> None:
    theirs = await do(factories.ticket, mia, other_brand)
    watcher = Client()
    await do(watcher.force_login, await do(factories.agent, "Rita", brands=[other_brand]))
    async with connected(watcher) as rita, connected(as_ana) as anas:
        await anas.send({"type": "at", "ticket": theirs.pk, "do": "write"})
        await anas.send({"type": "at", "ticket": 10**9, "do": "write"})
        assert await rita.is_silent(1)


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "at", "ticket": "1", "do": "view"},
        {"type": "at", "ticket": -1, "do": "view"},
        {"type": "at", "ticket": True, "do": "view"},
        {"type": "at", "ticket": 1, "do": "dance"},
        {"type": "at", "ticket": 1, "do": ["view"]},
        {"type": "at"},
    ],
)
async def test_nonsense_is_answered_with_an_error(frame: dict[str, Any], as_ana: Client) -> None:
    async with connected(as_ana) as line:
        await line.send(frame)
        assert (await line.receive())["code"] == "bad_frame"


async def test_a_page_that_chatters_is_not_passed_on_for_ever(
    as_ana: Client, as_leo: Client, brand: Brand, mia: Customer
) -> None:
    ticket = await do(factories.ticket, mia, brand)
    async with connected(as_leo) as leo, connected(as_ana) as anas:
        for _time in range(60):
            await anas.send({"type": "at", "ticket": ticket.pk, "do": "write"})
        heard = 0
        while not await leo.is_silent(1):
            await leo.receive()
            heard += 1
    assert 1 <= heard <= 30
