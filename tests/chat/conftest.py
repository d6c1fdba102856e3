from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from urllib.request import urlopen

import pytest

from agents.actions import note_presence, set_availability
from agents.models import Agent, Availability, Brand
from chat.models import Widget
from tests.chat.lines import Online
from tests.chat.visitors import Visitor
from tests.live import LiveApp, new_live_app


@pytest.fixture
def widget(brand: Brand) -> Widget:
    return Widget.objects.create(
        brand=brand, name="Shop", public_key="demo", allowed_domains=["shop.example.com", "127.0.0.1"]
    )


@pytest.fixture
def visitor(widget: Widget) -> Visitor:
    return Visitor()


@pytest.fixture
def online() -> Online:
    def make(agent: Agent, *, places: int = 3) -> Agent:
        agent.chat_capacity = places
        agent.save(update_fields=["chat_capacity"])
        note_presence(agent.pk)
        set_availability(agent.pk, Availability.ONLINE)
        return agent

    return make


@pytest.fixture
def live_web(transactional_db: None, tmp_path: Path) -> Generator[LiveApp]:
    """One real server process on this test's database: no worker and no mail."""
    app = new_live_app(tmp_path)
    app.start("web")
    try:
        wait_for(app)
        yield app
    finally:
        app.stop_all()


def wait_for(app: LiveApp) -> None:
    for _attempt in range(300):
        try:
            with urlopen(f"{app.url}/healthz", timeout=1):
                return
        except OSError:
            if app.processes["web"].poll() is not None:
                break
            time.sleep(0.1)
    raise AssertionError(app.log("web"))
