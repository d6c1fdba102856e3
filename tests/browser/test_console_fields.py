"""Filling the fields of a ticket in, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from crm.models import Customer
from tests import factories
from tests.browser.console_page import axe_findings, sign_in
from tests.live import LiveApp
from tickets.models import Ticket

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def ticket(live_app: LiveApp, brand: Brand, mia: Customer) -> Ticket:
    return factories.ticket(mia, brand, channel="email")


def choose_type(page: Page, ticket: Ticket, kind: str) -> None:
    page.goto(f"/console/tickets/{ticket.pk}/")
    page.locator("#menu-type > summary").click()
    page.get_by_role("button", name=kind, exact=True).click()


def test_a_complaint_is_described_and_a_wrong_amount_is_said_at_its_box(
    ticket: Ticket, ana: Agent, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, ana)
    choose_type(page, ticket, "Complaint")
    page.get_by_label("Nature of the complaint").select_option("product")
    expect(page.locator("#timeline")).to_contain_text("set Nature of the complaint to Product")
    cost = page.get_by_label("Cost to put it right")
    cost.fill("much")
    cost.press("Tab")
    expect(page.locator("#ticket-fields [role=alert]")).to_contain_text("“much” is not a number")
    assert axe_findings(page) == []
    cost.fill("19,90")
    cost.press("Tab")
    expect(page.locator("#timeline")).to_contain_text("set Cost to put it right to 19.90 EUR")
    expect(page.locator("#ticket-fields [role=alert]")).to_have_count(0)


def test_order_lines_are_kept_together_and_summed(ticket: Ticket, ana: Agent, new_page: NewPage) -> None:
    page = new_page()
    sign_in(page, ana)
    choose_type(page, ticket, "Order")
    page.locator("#order_lines-what-1").fill("Tent pole")
    page.locator("#order_lines-what-1").press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("12,35")
    page.keyboard.press("Tab")
    expect(page.locator("#ticket-fields")).to_contain_text("24.70 EUR")
    expect(page.locator("#order_lines-what-2")).to_have_value("")
    ticket.refresh_from_db()
    assert ticket.values == {"order_lines": [{"what": "Tent pole", "quantity": "2", "price": "12.35"}]}
