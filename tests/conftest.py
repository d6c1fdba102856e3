"""The cast: ana answers, leo supervises, ada administers, otto works for another brand, mia is a customer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.db import connections
from django.test import Client, TransactionTestCase
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from agents.models import Agent, Brand, Role
from chat.threads import POOL, THREADS
from crm.models import Customer
from tests import factories
from tests.browser.chromium import CHROMIUM_FLAGS
from tests.live import LiveApp, new_live_app
from tests.plugins.chromium import chromium_path

FLUSH_TRIES = 6


@pytest.fixture(autouse=True, scope="session")
def _patient_flush() -> Generator[None]:
    """Emptying the tables may deadlock with a real worker's tick; PostgreSQL ends one of the two, so ask again."""
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def patient(test: TransactionTestCase) -> None:
        for tries_left in reversed(range(FLUSH_TRIES)):
            try:
                flush(test)
                return
            except CommandError:
                if not tries_left:
                    raise
                time.sleep(0.2)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", patient)
        yield


@pytest.fixture(autouse=True)
def _media(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> None:
    """Files of one test are never seen by another; with real processes the test shares their folder."""
    live = request.getfixturevalue("live_app") if "live_app" in request.fixturenames else None
    settings.MEDIA_ROOT = live.media_root if live else tmp_path / "media"


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Rate limits of one test do not reach the next."""
    cache.clear()


@pytest.fixture
def brand(db: None) -> Brand:
    return factories.brand("Acme")


@pytest.fixture
def other_brand(db: None) -> Brand:
    return factories.brand("Rival")


@pytest.fixture
def ana(brand: Brand) -> Agent:
    return factories.agent("Ana", brands=[brand])


@pytest.fixture
def leo(brand: Brand) -> Agent:
    return factories.agent("Leo", role=Role.SUPERVISOR, brands=[brand])


@pytest.fixture
def ada(db: None) -> Agent:
    return factories.agent("Ada", role=Role.ADMIN)


@pytest.fixture
def otto(other_brand: Brand) -> Agent:
    return factories.agent("Otto", brands=[other_brand])


@pytest.fixture
def mia(db: None) -> Customer:
    return factories.customer("Mia Chen", email="mia@example.com")


@pytest.fixture
def _own_threads(transactional_db: None) -> Generator[None]:
    """The sockets' threads see this test's database and leave no connection behind."""
    yield
    barrier = threading.Barrier(THREADS)

    def close() -> None:
        barrier.wait(10)  # one task in each thread
        connections.close_all()

    for closed in [POOL.submit(close) for _thread in range(THREADS)]:
        closed.result()


@pytest.fixture
def as_ana(ana: Agent) -> Client:
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def as_leo(leo: Agent) -> Client:
    client = Client()
    client.force_login(leo)
    return client


@pytest.fixture
def as_ada(ada: Agent) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def as_otto(otto: Agent) -> Client:
    client = Client()
    client.force_login(otto)
    return client


# Both live as long as a module's tests and no longer: a worker left running would deliver other tests' mail, and
# Playwright's event loop would be in the way of asynchronous tests.
@pytest.fixture(scope="module")
def _live_processes(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[LiveApp]:
    with django_db_blocker.unblock():
        app = new_live_app(tmp_path_factory.mktemp("live"))
        app.environment = getattr(request.module, "LIVE_ENVIRONMENT", {})
        try:
            app.start_all()
            yield app
        finally:
            app.stop_all()


@pytest.fixture
def live_app(transactional_db: None, _live_processes: LiveApp) -> LiveApp:
    """The whole product as real processes on this test's database, which is emptied afterwards."""
    for name in ("web", "worker", "intake", "sink"):
        if name not in _live_processes.processes:
            _live_processes.start(name)
    _live_processes.wait_until_up()
    return _live_processes


@pytest.fixture(scope="module")
def _browser() -> Generator[Browser]:
    # Playwright's synchronous driver keeps an event loop running under our synchronous database code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_page(_browser: Browser, live_app: LiveApp) -> Generator[Callable[..., Page]]:
    """Open pages, each in a browser context of its own: `new_page(width=390, height=844, color_scheme="dark")`.

    The test fails when a page logged an error (a script that broke, a blocked resource) that it did not allow by
    adding a piece of its text to `new_page.allowed_errors`.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    allowed: list[str] = []

    def open_page(*, width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = _browser.new_context(base_url=live_app.url, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text + str(line.location)) if line.type == "error" else None)
        return page

    open_page.allowed_errors = allowed  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert [error for error in errors if not any(piece in error for piece in allowed)] == []
