"""A chat passed from one agent to another in two real browsers, and the menu on every width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.actions import set_availability
from agents.models import Agent, Availability, Brand, Team
from chat.actions import accept_chat
from chat.actions.transfer import ask_transfer
from chat.models import ChatSession, State
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.console.visitors import chat
from tests.live import LiveApp

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]
WORDS = "I sent the tent back two weeks ago and have heard nothing since. Where is my money?"


@pytest.fixture
def talk(live_app: LiveApp, brand: Brand, ana: Agent) -> ChatSession:
    """A chat that Ana has."""
    return accept_chat(ana, chat(brand, WORDS, name="Zoë Example").ticket)


def open_chat(page: Page, session: ChatSession) -> None:
    page.goto(f"/console/tickets/{session.ticket_id}/?view=chats")
    expect(page.locator("#socket")).to_have_text("Live")


def open_menu(page: Page) -> None:
    page.get_by_label("More for this chat").click()
    expect(page.locator("#chat-more details").first).to_be_visible()


def test_a_chat_is_passed_on_and_changes_hands_when_the_other_accepts(
    talk: ChatSession, brand: Brand, leo: Agent, ana: Agent, new_page: NewPage
) -> None:
    theirs, mine = new_page(), new_page()
    sign_in(theirs, leo)
    set_availability(leo.pk, Availability.ONLINE)  # who supervises says so
    sign_in(mine, ana)
    open_chat(mine, talk)
    open_menu(mine)
    mine.get_by_label("To", exact=True).select_option(f"agent-{leo.pk}")
    mine.get_by_label("What they need to know").fill("Wants the refund")
    mine.get_by_role("button", name="Ask", exact=True).click()
    expect(mine.locator("#chat-more")).to_be_hidden()
    expect(mine.locator("#desk .desk-card--quiet")).to_contain_text("You asked Leo to take over: Zoë Example")
    expect(mine.locator("#timeline")).to_contain_text("Wants the refund")
    card = theirs.locator("#desk [data-transfer]")
    expect(card).to_contain_text("Zoë Example: Ana asks you to take over")
    expect(card).to_contain_text("Wants the refund")
    talk.refresh_from_db()
    assert talk.accepted_by == ana
    card.get_by_role("button", name="Accept").click()
    expect(theirs.locator("#timeline")).to_contain_text("Leo took the chat over from Ana")
    expect(theirs.locator("#desk [data-transfer]")).to_have_count(0)
    expect(mine.locator("#desk [data-transfer]")).to_have_count(0)
    talk.refresh_from_db()
    assert talk.accepted_by == leo


def test_a_blocked_visitors_chat_ends_before_ones_eyes(talk: ChatSession, ana: Agent, new_page: NewPage) -> None:
    page = new_page()
    sign_in(page, ana)
    open_chat(page, talk)
    open_menu(page)
    page.get_by_text("Block this visitor").click()
    page.get_by_label("Reason", exact=True).fill("Insults")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("Ana blocked this visitor: Insults")
    expect(page.get_by_role("button", name="End chat")).to_have_count(0)
    talk.refresh_from_db()
    assert talk.state == State.ENDED


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_menu_and_cards_are_accessible_and_fit(
    theme: str, width: int, talk: ChatSession, brand: Brand, ana: Agent, leo: Agent, new_page: NewPage
) -> None:
    theirs = accept_chat(leo, chat(brand, "Hello, is this the right place?", name="Ben").ticket)
    team = Team.objects.create(brand=brand, name="Billing and complaints")
    team.agents.add(leo)
    page = new_page(width=width, height=844, color_scheme=theme)
    sign_in(page, ana)
    open_chat(page, talk)
    open_menu(page)
    assert sideways(page) <= 0
    found = axe_findings(page)
    page.reload()  # a fresh page: the scan has touched this one
    open_menu(page)
    page.get_by_label("To", exact=True).select_option(f"team-{team.pk}")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#desk .desk-card--quiet")).to_be_visible()
    ask_transfer(theirs, leo, ana, summary="Needs somebody who knows the tents.", now=timezone.now())
    expect(page.locator("#desk .desk-card--offer")).to_be_visible()
    assert sideways(page) <= 0
    assert found + axe_findings(page) == []
