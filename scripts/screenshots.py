"""Takes the README's screenshots from a fresh demo: `make screenshots`. Writes docs/screenshots/*.png."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import CHROMIUM_FLAGS  # noqa: E402 - needs the path above
from tests.live import free_port  # noqa: E402
from tests.plugins.chromium import chromium_path  # noqa: E402

TARGET = ROOT / "docs" / "screenshots"
START_SECONDS = 120
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with fresh_demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        for theme, suffix in (("light", ""), ("dark", "-dark")):
            agent = signed_in(browser, url, "agent@example.com", theme)
            console(agent, url, suffix)
            phone(browser, url, theme, suffix)
            widget(browser, agent, url, theme, suffix)
            supervisor(browser, url, theme, suffix)
        browser.close()


@contextmanager
def fresh_demo() -> Iterator[str]:
    """The whole product on data of its own and free ports, ended afterwards."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="contactcentre-") as folder:
        ports = {"PORT": str(port), "SMTP_PORT": str(free_port()), "MAIL_SINK_PORT": str(free_port())}
        command = [sys.executable, "-m", "contactcentre.runner", "start"]
        with open(os.devnull, "wb") as nowhere:
            run = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | ports | {"DATA_DIR": folder}, stdout=nowhere, stderr=sys.stderr
            )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url, run)
            yield url
        finally:
            run.send_signal(signal.SIGINT)
            run.wait(timeout=60)


def wait_until_ready(url: str, run: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and run.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=3):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit("The product did not start; see the messages above.")


def signed_in(browser: Browser, url: str, email: str, theme: str, viewport: dict[str, int] | None = None) -> Page:
    page = open_page(browser, theme, viewport)
    page.goto(f"{url}/accounts/login/?next=/console/")
    page.get_by_label("Email").fill(email)
    page.locator("input[type=password]").fill("demo-password")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/**")
    return page


def open_page(browser: Browser, theme: str, viewport: dict[str, int] | None = None) -> Page:
    context = browser.new_context(
        viewport=viewport or DESKTOP,  # type: ignore[arg-type]  # a TypedDict of these two
        color_scheme=theme,  # type: ignore[arg-type]  # one of its literals
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    return context.new_page()


def shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / f"{name}.png")
    print(f"docs/screenshots/{name}.png")


def console(page: Page, url: str, suffix: str) -> None:
    page.goto(f"{url}/console/views/open/")
    page.get_by_text("Refund for returned boots").first.click()
    page.get_by_text("Warehouse says").wait_for()
    shoot(page, f"console{suffix}")


def phone(browser: Browser, url: str, theme: str, suffix: str) -> None:
    page = signed_in(browser, url, "agent@example.com", theme, PHONE)
    page.goto(f"{url}/console/views/open/")
    shoot(page, f"console-phone{suffix}")
    page.context.close()


def widget(browser: Browser, agent: Page, url: str, theme: str, suffix: str) -> None:
    """A visitor and an agent talk; the picture is the visitor's side."""
    page = open_page(browser, theme)
    page.goto(f"{url}/widget/demo/")
    page.get_by_role("button", name="chat").first.click()
    page.get_by_role("button", name="Write to us").click()
    page.get_by_label("Name").fill("Lucas")
    page.get_by_label("Your message").fill("Hi! Does the Fjell 3 stand on rock without pegs?")
    page.keyboard.press("Enter")
    page.get_by_text("Sent").first.wait_for()
    answer_the_newest_chat(agent, url, "Hello Lucas! It does: all three poles cross, so it stands by itself.")
    page.get_by_text("stands by itself").wait_for()
    page.get_by_label("Your message").fill("Great. And in strong wind?")
    shoot(page, f"widget{suffix}")
    page.context.close()


def answer_the_newest_chat(agent: Page, url: str, words: str) -> None:
    agent.goto(f"{url}/console/views/chats/")
    agent.get_by_role("button", name="Accept").first.click()
    agent.get_by_label("Your message").fill(words)
    agent.get_by_role("button", name="Send", exact=True).click()


def supervisor(browser: Browser, url: str, theme: str, suffix: str) -> None:
    page = signed_in(browser, url, "supervisor@example.com", theme)
    page.goto(f"{url}/dashboard/")
    shoot(page, f"dashboard{suffix}")
    page.goto(f"{url}/mail/")
    shoot(page, f"mail-ledger{suffix}")
    page.context.close()


if __name__ == "__main__":
    main()
