"""Steps that browser tests of the console share."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from agents.models import Agent
from tests.factories import PASSWORD


def sign_in(page: Page, agent: Agent) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(agent.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/console/"))
    expect(page.locator("#socket")).to_have_text("Live")


def axe_findings(page: Page) -> list[str]:
    """What axe-core objects to on the page as it stands."""
    violations = Axe().run(page).response["violations"]
    return [f"{page.url}: {found['id']} {node['target']}" for found in violations for node in found["nodes"]]


def sideways(page: Page) -> int:
    """How many pixels wider than the window the page is."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
