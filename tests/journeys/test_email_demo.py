"""A newcomer's trial of email, without a mail server: write as a customer, answer in the console, answer back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from email_inbox.models import InboundEmail, InboundState, Mailbox
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.live import LiveApp
from tickets.models import Ticket

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def mailbox(live_app: LiveApp, brand: Brand) -> Mailbox:
    return Mailbox.objects.create(address="support@example.com", name="Acme Help", brand=brand)


def test_the_demo_page_is_the_customers_side_of_the_whole_way_round(
    live_app: LiveApp, mailbox: Mailbox, new_page: NewPage, ana: Agent
) -> None:
    customer, console = new_page(), new_page()
    sign_in(console, ana)
    console.goto("/console/views/unassigned/")
    expect(console.locator("#socket")).to_have_text("Live")
    customer.goto("/demo/mail/")
    assert axe_findings(customer) == []
    customer.get_by_label("Subject").fill("Μια ερώτηση 📦")
    customer.get_by_label("Message").fill("Where is <b>my</b> parcel?")
    customer.get_by_role("button", name="Send to the contact centre").click()
    expect(customer.get_by_text("It appears in the console in a moment.")).to_be_visible()

    arrived = console.get_by_text("Μια ερώτηση 📦").first
    expect(arrived.or_(console.get_by_text("1 new")).first).to_be_visible(timeout=15_000)
    if not arrived.is_visible():
        console.get_by_text("1 new").first.click()
    arrived.click()
    expect(console.get_by_text("Where is <b>my</b> parcel?").first).to_be_visible()
    console.get_by_label("Your message").fill("It left the house today.")
    console.get_by_role("button", name="Send", exact=True).click()

    sent = customer.get_by_role("link", name="Re: Μια ερώτηση 📦")
    for _try in range(20):
        customer.goto("/demo/mail/")
        if sent.count():
            break
        customer.wait_for_timeout(500)
    sent.first.click()
    expect(customer.frame_locator("iframe").get_by_text("It left the house today.")).to_be_visible()
    assert axe_findings(customer) == []
    customer.get_by_label(re.compile("^To ")).fill("Thank you!")
    customer.get_by_role("button", name="Send the answer").click()

    expect(console.get_by_text("Thank you!").first).to_be_visible(timeout=15_000)
    ticket = Ticket.objects.get()
    assert list(ticket.messages.values_list("direction", flat=True)) == ["in", "out", "in"]
    assert set(InboundEmail.objects.values_list("state", flat=True)) == {InboundState.PROCESSED}


@pytest.mark.parametrize("width", [1440, 390])
def test_the_ledger_fits_and_explains_itself(
    width: int, live_app: LiveApp, mailbox: Mailbox, new_page: NewPage, leo: Agent
) -> None:
    page = new_page()
    sign_in(page, leo)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/mail/")
    expect(page.get_by_text("No mail has arrived yet")).to_be_visible()
    page.goto("/demo/mail/")
    page.get_by_label("Subject").fill("W" * 200)
    page.get_by_label("Message").fill("Long words fit")
    page.get_by_role("button", name="Send to the contact centre").click()
    page.goto("/mail/")
    page.get_by_role("link", name="W" * 200).click()
    expect(page.get_by_text("Long words fit")).to_be_visible()
    assert axe_findings(page) == []
    assert sideways(page) <= 0
    page.goto("/mail/")
    assert axe_findings(page) == []
    assert sideways(page) <= 0
