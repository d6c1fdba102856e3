from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agents.models import Agent, Brand
from chat.models import ChatSession, Widget
from contactcentre.embedded.data_folder import DataFolder
from contactcentre.embedded.services import Services
from core import live
from tests.faults.client import Storage, Tab
from tests.faults.desk import Desk
from tests.live import LiveApp, new_live_app
from tickets.models import Message

STARTED = "Application startup complete"


@pytest.fixture
def widget(brand: Brand) -> Widget:
    return Widget.objects.create(
        brand=brand, name="Shop", public_key="demo", allowed_domains=["shop.example.com", "127.0.0.1"]
    )


@pytest.fixture
def redis(tmp_path: Path, settings: Any) -> Generator[Services]:
    """A Redis that belongs to one test, to be killed and flushed."""
    services = Services(DataFolder(tmp_path / "redis"), fast=True)
    services.ensure_running(["redis"])
    settings.REDIS_URL = services.environment()["REDIS_URL"]
    live._client.cache_clear()
    yield services
    live._client.cache_clear()
    live._paused_until = 0.0
    services.stop(["redis"])


@pytest.fixture
def web(transactional_db: None, widget: Widget, tmp_path: Path) -> Generator[LiveApp]:
    """Two web processes on this test's database, as `make run` starts them: no worker and no mail."""
    app = new_live_app(tmp_path, web_processes=2)
    app.start("web")
    try:
        wait_until_serving(app, 2)
        yield app
    finally:
        app.stop_all()


def wait_until_serving(app: LiveApp, starts: int, seconds: float = 60) -> None:
    """Until web processes have started so many times in all, and two are there."""
    deadline = time.monotonic() + seconds
    while app.log("web").count(STARTED) < starts or len(app.web_workers()) < 2:
        assert time.monotonic() < deadline, app.log("web")[-5000:]
        assert app.processes["web"].poll() is None, app.log("web")[-5000:]
        time.sleep(0.1)


@pytest.fixture
def cookie(ana: Agent) -> str:
    """Ana is signed in."""
    client = Client()
    client.force_login(ana)
    return f"sessionid={client.cookies['sessionid'].value}"


@asynccontextmanager
async def opened(*opening: Tab | Desk) -> AsyncGenerator[None]:
    for one in opening:
        one.open()
    try:
        yield
    finally:
        await asyncio.gather(*(one.close() for one in opening))


async def until(condition: Callable[[], Any], seconds: float, what: str = "") -> float:
    """Wait for it; the seconds that it took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - begin


def said(storage: Storage) -> list[str]:
    """What the database holds of a chat, in its order; fails when a number is missing or double."""
    ticket = ChatSession.objects.get(public_id=storage.session).ticket_id
    rows = list(Message.objects.filter(ticket=ticket).order_by("seq").values_list("seq", "text"))
    assert [seq for seq, _text in rows] == list(range(1, len(rows) + 1))
    return [text for _seq, text in rows]


def ticket_of(storage: Storage) -> int:
    return ChatSession.objects.get(public_id=storage.session).ticket_id
