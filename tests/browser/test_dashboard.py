from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from crm.models import Customer
from tests import factories
from tests.browser.console_page import axe_findings, sign_in

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


def test_figures_refresh_by_themselves_and_keep_the_readers_place(
    new_page: NewPage, leo: Agent, mia: Customer, brand: Brand
) -> None:
    page = new_page()
    sign_in(page, leo)
    page.goto("/dashboard/")
    hint = page.get_by_role("button", name="What “Unassigned” counts")
    hint.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#definition-unassigned")).to_be_visible()
    expect(page.locator("#tile-unassigned .tile__value")).to_have_text("0")
    factories.ticket(mia, brand)
    expect(page.locator("#tile-unassigned .tile__value")).to_have_text("1", timeout=20_000)
    expect(hint).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dashboard_is_accessible_and_fits_a_phone(
    new_page: NewPage, leo: Agent, mia: Customer, brand: Brand, scheme: Literal["light", "dark"]
) -> None:
    factories.ticket(mia, brand)
    page = new_page(width=390, height=844, color_scheme=scheme)
    sign_in(page, leo)
    page.goto("/dashboard/")
    expect(page.get_by_role("heading", name="Now")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe_findings(page) == []
