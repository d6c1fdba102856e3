"""Answers by mail in a real browser: taken back in time, asked about, and forms that assistive technology can read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from crm.models import Customer
from email_inbox.models import Mailbox, OutboundEmail, PendingReply, PendingState
from tests import factories
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.live import LiveApp
from tickets.models import Ticket

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def ticket(live_app: LiveApp, brand: Brand, mia: Customer) -> Ticket:
    Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand, undo_seconds=60)
    return factories.ticket(mia, brand)


@pytest.fixture
def page(ticket: Ticket, new_page: NewPage, ana: Agent) -> Page:
    new_page.allowed_errors.append("409")  # type: ignore[attr-defined]  # what has to be confirmed
    page = new_page()
    sign_in(page, ana)
    page.goto(f"/console/tickets/{ticket.pk}/?view=open")
    expect(page.locator("#socket")).to_have_text("Live")
    return page


def test_an_answer_is_taken_back_with_its_words_and_its_readers(page: Page, ticket: Ticket) -> None:
    box = page.get_by_label("Your message")
    box.fill("Hello Mia")
    page.locator("[data-copies] summary").click()
    page.get_by_label("Bcc").fill("new@example.net")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("new@example.net")
    expect(box).to_have_value("Hello Mia")
    page.get_by_role("button", name="Send anyway").click()
    expect(page.locator("#mail-notice")).to_contain_text("is about to leave")
    expect(box).to_have_value("")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(box).to_have_value("Hello Mia")
    expect(page.get_by_label("Bcc")).to_have_value("new@example.net")
    assert PendingReply.objects.get().state == PendingState.CANCELLED
    assert ticket.messages.count() == 1


@pytest.mark.parametrize("width", [1440, 390])
def test_the_form_for_a_new_mail_can_be_read_by_all(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/console/mail/new/")
    expect(page.get_by_label("Subject")).to_be_visible()
    assert axe_findings(page) == []
    assert sideways(page) == 0


def test_a_forward_is_taken_back(page: Page, ticket: Ticket) -> None:
    page.goto(f"/console/tickets/{ticket.pk}/forward/1/")
    page.get_by_label("To", exact=True).fill("expert@example.net")
    page.get_by_label("Your words to them").fill("What do you think?")
    page.get_by_role("button", name="Forward").click()
    notice = page.locator("#mail-notice")
    expect(notice).to_contain_text("The forward to expert@example.net is about to leave.")
    expect(page.locator("#socket")).to_have_text("Live")
    assert axe_findings(page) == []
    notice.get_by_role("button", name="Undo").click()
    expect(notice).not_to_contain_text("is about to leave")
    assert not OutboundEmail.objects.exists()


def test_a_first_mail_is_taken_back_into_the_composer_of_its_conversation(page: Page) -> None:
    page.goto("/console/mail/new/")
    page.get_by_label("To", exact=True).fill("new@example.net")
    page.get_by_label("Subject").fill("Your quote")
    page.get_by_label("Your message").fill("Here is **it**")
    page.get_by_role("button", name="Send", exact=True).click()
    notice = page.locator("#mail-notice")
    expect(notice).to_contain_text("is about to leave")
    expect(page.locator("#socket")).to_have_text("Live")
    assert axe_findings(page) == []
    notice.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Your message")).to_have_value("Here is **it**")
    assert not OutboundEmail.objects.exists()
