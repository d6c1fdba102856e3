"""Two agents at one conversation: they see each other, and what arrives meanwhile is shown first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from crm.models import Customer
from email_inbox.models import Mailbox, PendingReply
from tests import factories
from tests.browser.console_page import axe_findings, sign_in
from tests.live import LiveApp
from tickets.models import Ticket

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def ticket(live_app: LiveApp, brand: Brand, mia: Customer) -> Ticket:
    Mailbox.objects.create(address="support@example.com", brand=brand)
    return factories.ticket(mia, brand, channel="email")


def at(page: Page, ticket: Ticket) -> None:
    page.goto(f"/console/tickets/{ticket.pk}/")
    expect(page.locator("#socket")).to_have_text("Live")


def test_each_sees_that_the_other_looks_and_writes_and_leaves(
    ticket: Ticket, ana: Agent, leo: Agent, new_page: NewPage
) -> None:
    mine, theirs = new_page(), new_page()
    sign_in(mine, ana)
    sign_in(theirs, leo)
    at(mine, ticket)
    at(theirs, ticket)
    expect(mine.locator("[data-company]")).to_have_text("Leo is looking at this too")
    expect(theirs.locator("[data-company]")).to_have_text("Ana is looking at this too")
    theirs.get_by_label("Your message").press_sequentially("On its w")
    expect(mine.locator("[data-company]")).to_have_text("Leo is writing here")
    assert axe_findings(mine) == []
    theirs.goto("/console/views/open/")
    expect(mine.locator("[data-company]")).to_be_hidden()


def test_what_arrived_out_of_sight_is_shown_before_the_answer_leaves(
    ticket: Ticket, mia: Customer, brand: Brand, ana: Agent, new_page: NewPage
) -> None:
    new_page.allowed_errors.append("409")  # type: ignore[attr-defined]  # what has to be confirmed
    for number in range(30):
        factories.says(mia, ticket, f"Line {number}\n" * 4)
    page = new_page()
    sign_in(page, ana)
    at(page, ticket)
    page.locator("[data-scroller]").evaluate("box => box.scrollTop = 0")
    page.get_by_label("Your message").fill("We will look for it.")
    factories.says(mia, ticket, "Never mind, it has come!")
    expect(page.locator("[data-unseen]")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-problem]")).to_contain_text("Never mind, it has come!")
    expect(page.get_by_label("Your message")).to_have_value("We will look for it.")
    page.get_by_role("button", name="Send anyway").click()
    expect(page.get_by_label("Your message")).to_have_value("")
    assert PendingReply.objects.get(ticket=ticket).text == "We will look for it."
