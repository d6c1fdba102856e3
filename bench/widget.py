"""The widget in a browser: its weight, how long it holds up the host page, and how soon it is open after the click."""

from __future__ import annotations

import gzip
import json
import os
import statistics
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Route, sync_playwright

from tests.browser.chromium import CHROMIUM_FLAGS
from tests.plugins.chromium import chromium_path

ROUNDS = 20
PAGE = "http://shop.test/"
WATCH_TASKS = """
    const later = window.setTimeout;
    window.setTimeout = (run, wait) => later(() => {
        const start = performance.now();
        run();
        window.mounted ??= performance.now() - start;
    }, wait);
    window.before = performance.now()
"""
MEASURE_OPENING = """async () => {
    const root = document.querySelector("contact-chat").shadowRoot;
    const start = performance.now();
    root.querySelector(".launcher").click();
    const handled = performance.now() - start;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return [handled, performance.now() - start];
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds: `blocked` while the script is read and run, `mounted` for the task that then shows the launcher,
    `opened` from the click to the next painted frame."""

    blocked: float
    mounted: float
    handled: float
    opened: float


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
    os.environ.setdefault("DEBUG", "1")
    import django

    django.setup()
    from chat.bundle import widget_bundle

    bundle = widget_bundle()
    config = _config()
    print(f"script          {len(bundle.zipped):>7,} bytes gzip ({len(bundle.script):,} unpacked)")
    print(f"configuration   {len(gzip.compress(json.dumps(config).encode(), 9)):>7,} bytes gzip, after the click")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        print(f"Chromium {browser.version}, {ROUNDS} rounds each, milliseconds: least, median, largest")
        for name, warm in (("first visit", False), ("words cached", True)):
            loads = [_load(browser.new_context(), bundle.script.decode(), config, warm=warm) for _ in range(ROUNDS)]
            for what in ("blocked", "mounted", "handled", "opened"):
                times = [getattr(load, what) for load in loads]
                print(f"{name:<14}{what:<9}{min(times):>7.1f}{statistics.median(times):>7.1f}{max(times):>7.1f}")
        browser.close()


def _config() -> dict[str, Any]:
    """As the server sends it for a widget without questions."""
    from chat.words import words

    asked = {"label": "Email", "required": False, "options": []}
    return {
        "title": "Shop",
        "greeting": "",
        "accent": "#2f6f4f",
        "max_characters": 10_000,
        "max_bytes": 1_000_000,
        "words": words("en"),
        "language": "en",
        "open": True,
        "questions": [asked | {"key": "name", "kind": "text"}, asked | {"key": "email", "kind": "email"}],
    }


def _load(context: BrowserContext, script: str, config: dict[str, Any], *, warm: bool) -> Load:
    """One page with the script written into it, so that only its own work is measured and not the network's."""
    html = (
        f'<!DOCTYPE html><html lang="en"><title>Shop</title><body><script>{WATCH_TASKS}</script>'
        f'<script data-key="demo">{script}</script><script>window.blocked = performance.now() - before</script>'
    )

    def answer(route: Route) -> None:
        if "/widget/api/" in route.request.url:
            route.fulfill(json=config)
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(PAGE)
    if warm:
        page.locator("contact-chat .launcher").click()
        page.get_by_label("Your message").wait_for()
        page.keyboard.press("Escape")
        page.reload()
    page.wait_for_timeout(200)
    handled, opened = page.evaluate(MEASURE_OPENING)
    blocked, mounted = page.evaluate("[window.blocked, window.mounted]")
    context.close()
    return Load(blocked, mounted, handled, opened)
