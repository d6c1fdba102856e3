"""The console in a real browser: reply, live arrival, keyboard, narrow screens, failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from crm.models import Customer
from email_inbox.models import Mailbox
from tests import factories
from tests.browser.chromium import NETWORK_LOST
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.live import LiveApp
from tickets.actions import change_status, post_note
from tickets.content import NewMessage
from tickets.models import Message, Ticket

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def ticket(live_app: LiveApp, brand: Brand, mia: Customer) -> Ticket:
    Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand, undo_seconds=0)
    return factories.ticket(mia, brand)


@pytest.fixture
def page(ticket: Ticket, new_page: NewPage, ana: Agent) -> Page:
    """Ana's console with Mia's conversation open."""
    page = new_page()
    sign_in(page, ana)
    page.goto(f"/console/tickets/{ticket.pk}/?view=open")
    expect(page.locator("#socket")).to_have_text("Live")
    return page


def test_a_reply_appears_in_the_timeline_and_leaves_the_box(page: Page, ticket: Ticket) -> None:
    box = page.get_by_label("Your message")
    box.fill("Hello Mia, it is on its way.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message--out")).to_contain_text("it is on its way")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    expect(page.locator("#menu-assignee summary")).to_contain_text("Ana")


def test_what_the_customer_writes_arrives_by_itself(page: Page, ticket: Ticket, mia: Customer, brand: Brand) -> None:
    factories.says(mia, ticket, "Here are more details")
    expect(page.locator("#timeline")).to_contain_text("Here are more details")
    other = factories.ticket(factories.customer("Bo", email="bo@example.com"), brand, subject="A new matter")
    expect(page.locator("#news")).to_have_text("1 new conversation: show")
    expect(page.locator(f"#row-{other.pk}")).to_have_count(0)
    page.locator("#news").click()
    expect(page.locator(f"#row-{other.pk}")).to_contain_text("A new matter")
    expect(page.locator('[data-count="open"]')).to_have_text("2")


def test_a_row_that_leaves_the_view_stays_where_it_is(page: Page, ticket: Ticket, leo: Agent) -> None:
    change_status(leo, ticket.pk, "solved")
    expect(page.locator(f"#row-{ticket.pk}")).to_contain_text("Moved out of this view")
    expect(page.locator("#menu-status summary")).to_contain_text("Solved")
    expect(page.locator("#timeline")).to_contain_text("Leo changed the status from New to Solved")


def test_everything_goes_by_keyboard(page: Page, ticket: Ticket) -> None:
    page.goto("/console/views/open/")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("tab", name="Private note")).to_have_attribute("aria-selected", "true")
    page.keyboard.type("for us")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--note")).to_contain_text("for us")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("#menu-status .menu__item").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#menu-status summary")).to_contain_text("Waiting on customer")
    expect(page.locator("#menu-status summary")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#menu-assignee .menu__item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#menu-assignee summary")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()


def test_a_draft_survives_a_reload(page: Page) -> None:
    page.get_by_label("Your message").fill("half a sentence")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("half a sentence")


def test_without_a_network_the_words_stay_and_are_sent_once_later(
    page: Page, ticket: Ticket, new_page: NewPage
) -> None:
    new_page.allowed_errors += NETWORK_LOST  # type: ignore[attr-defined]
    box = page.get_by_label("Your message")
    page.context.set_offline(True)
    box.fill("said while offline")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-problem]")).to_contain_text("your words are still here")
    expect(box).to_have_value("said while offline")
    page.context.set_offline(False)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message--out")).to_have_count(1)
    assert Message.objects.filter(ticket=ticket, text="said while offline").count() == 1


def test_an_empty_message_is_refused_at_the_composer(page: Page, new_page: NewPage) -> None:
    new_page.allowed_errors += ["422"]  # type: ignore[attr-defined]
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-problem]")).to_contain_text("There is nothing to send yet")


def test_a_pasted_file_is_sent_and_one_too_large_is_refused_at_once(page: Page, ticket: Ticket) -> None:
    field = page.locator("[data-file-input]")
    field.set_input_files({"name": "huge.bin", "mimeType": "application/x", "buffer": b"0" * (30 * 1024 * 1024)})
    expect(page.locator("[data-problem]")).to_contain_text("“huge.bin” is too large")
    field.set_input_files({"name": "label.txt", "mimeType": "text/plain", "buffer": b"label"})
    page.get_by_label("Your message").fill("see the label")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message--out .file")).to_contain_text("label.txt")


def test_signed_out_in_another_tab_the_console_says_so(page: Page, ana: Agent) -> None:
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.locator("#session-ended")).to_be_visible()
    expect(page.locator("#socket")).to_have_text("Signed out")


def test_a_restart_of_the_server_is_shown_and_what_was_missed_is_fetched(
    page: Page, ticket: Ticket, mia: Customer, live_app: LiveApp, new_page: NewPage
) -> None:
    new_page.allowed_errors += NETWORK_LOST  # type: ignore[attr-defined]
    live_app.kill("web")
    expect(page.locator("#socket")).to_contain_text("Reconnecting, up to date at")
    factories.says(mia, ticket, "written meanwhile")
    live_app.start("web")
    live_app.wait_until_up()
    expect(page.locator("#socket")).to_have_text("Live", timeout=40_000)
    expect(page.locator("#timeline")).to_contain_text("written meanwhile")


def test_a_narrow_screen_shows_one_pane_at_a_time(ticket: Ticket, new_page: NewPage, ana: Agent) -> None:
    page = new_page(width=390, height=844)
    sign_in(page, ana)
    page.goto("/console/views/open/")
    assert sideways(page) <= 0
    page.locator("[data-row-link]").first.click()
    expect(page.locator("#conversation")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    assert sideways(page) <= 0
    page.get_by_role("button", name="Customer").click()
    expect(page.locator("#panel")).to_contain_text("mia@example.com")
    page.locator("#panel [data-panel-toggle]").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("#conversation")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_console_page_is_accessible(
    theme: str, width: int, ticket: Ticket, new_page: NewPage, ana: Agent, mia: Customer
) -> None:
    post_note(ana, ticket.pk, NewMessage("for us"))
    page = new_page(width=width, height=900, color_scheme=theme)
    sign_in(page, ana)
    found = []
    for path in (
        "views/open/",
        "views/snoozed/",
        f"tickets/{ticket.pk}/",
        "customers/",
        f"customers/{mia.public_id}/",
        "views/all/?q=nothing",
    ):
        page.goto(f"/console/{path}")
        found += axe_findings(page)
        assert sideways(page) <= 0, path
    assert found == []
