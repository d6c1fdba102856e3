"""The Chats view in a real browser: arrival, accepting by key, several chats at once, ready answers, narrow screens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from chat.actions import accept_chat, identify_visitor, say, visitor_typing
from chat.models import ChatSession, State
from tests.browser.chromium import NETWORK_LOST
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.console.visitors import chat
from tests.knowledge.conftest import write
from tests.live import LiveApp
from tickets.actions import post_system_message
from tickets.content import NewMessage
from tickets.models import Message

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def page(live_app: LiveApp, new_page: NewPage, ana: Agent) -> Page:
    """Ana's empty Chats view."""
    page = new_page()
    sign_in(page, ana)
    page.goto("/console/views/chats/")
    expect(page.locator("#socket")).to_have_text("Live")
    return page


def waiting(page: Page) -> list[str]:
    return page.locator('[data-chat-list="waiting"] .chat-row:not(.is-gone) .chat-row__name').all_inner_texts()


def write_to(page: Page, words: str) -> None:
    page.get_by_label("Your message").fill(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--out").last).to_contain_text(words)


def writes(session: ChatSession, words: str) -> None:
    say(session.pk, NewMessage(words, client_id=f"{session.pk}-{words}"[:60]))


def test_a_chat_is_taken_with_one_key_and_answered(page: Page, brand: Brand, ana: Agent) -> None:
    expect(page.locator('[data-chats-none="waiting"]')).to_be_visible()
    now = timezone.now()
    late = chat(brand, "Second in line", name="Ben", now=now - timedelta(seconds=10))
    early = chat(brand, "First in line", name="Zoë", now=now - timedelta(minutes=3))
    expect(page.locator('[data-chat-list="waiting"] [data-row]')).to_have_count(2)
    assert waiting(page) == ["Zoë", "Ben"]
    expect(page.locator(f"#row-{early.ticket_id} .wait")).to_have_class(re.compile("is-long"))
    expect(page.locator(f"#row-{late.ticket_id} .wait")).not_to_have_class(re.compile("is-long"))
    page.keyboard.press("a")
    expect(page.locator("#conversation")).to_contain_text("First in line")
    expect(page.locator('[data-chat-list="own"] [data-row]')).to_have_count(1)
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("Hello Zoë")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--out")).to_contain_text("Hello Zoë")
    early.refresh_from_db()
    assert (early.state, early.accepted_by) == (State.ACTIVE, ana)
    assert waiting(page) == ["Ben"]
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#conversation")).to_contain_text("Second in line")
    expect(page.locator('[data-chat-list="waiting"] [data-row]')).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#announcer")).to_contain_text("Nobody is waiting")


def test_several_chats_at_once_with_unread_marks_and_keys(page: Page, brand: Brand, ana: Agent) -> None:
    first, second = chat(brand, "I am first", name="Zoë"), chat(brand, "I am second", name="Ben")
    for session in (first, second):
        accept_chat(ana, session.ticket)
    expect(page.locator('[data-chat-list="own"] [data-row]')).to_have_count(2)
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    page.keyboard.press("2")
    expect(page.locator("#conversation")).to_contain_text("I am second")
    expect(page.locator(f"#row-{second.ticket_id}")).not_to_have_class(re.compile("is-unread"))
    write_to(page, "Hello Ben")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    expect(page.locator("[data-unanswered]")).to_have_text("1")
    page.get_by_label("Your message").fill("half a sentence")
    writes(first, "Are you there?")
    row = page.locator(f"#row-{first.ticket_id}")
    expect(row).to_have_class(re.compile("is-unread"))
    expect(row).to_contain_text("Are you there?")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#conversation")).to_contain_text("Are you there?")
    expect(row).not_to_have_class(re.compile("is-unread"))
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_label("Your message")).to_have_value("half a sentence")


def test_what_a_colleague_takes_stays_a_moment_and_cannot_be_clicked(page: Page, brand: Brand, leo: Agent) -> None:
    one, two = chat(brand, name="Zoë"), chat(brand, name="Ben")
    expect(page.locator('[data-chat-list="waiting"] [data-row]')).to_have_count(2)
    place = page.locator(f"#row-{two.ticket_id}").bounding_box()
    page.locator(f"#row-{two.ticket_id}").hover()
    accept_chat(leo, one.ticket)
    gone = page.locator(".chat-row.is-gone")
    expect(gone).to_contain_text("No longer here")
    expect(gone.get_by_role("button")).to_be_hidden()
    page.wait_for_timeout(5000)
    assert page.locator(f"#row-{two.ticket_id}").bounding_box() == place
    page.mouse.move(1200, 700)
    expect(gone).to_have_count(0)


def test_who_is_too_late_is_told_who_was_first(page: Page, brand: Brand, leo: Agent, new_page: NewPage) -> None:
    new_page.allowed_errors += ["409"]  # type: ignore[attr-defined]
    session = chat(brand, name="Zoë")
    button = page.get_by_role("button", name="Accept the chat with Zoë")
    expect(button).to_be_visible()
    page.route("**/chats/live/**", lambda route: route.abort())
    new_page.allowed_errors += NETWORK_LOST  # type: ignore[attr-defined]
    accept_chat(leo, session.ticket)
    button.click()
    expect(page.locator(".toast").filter(has_text="taken by Leo")).to_be_visible()


def test_typing_seen_and_lines_of_the_house(page: Page, brand: Brand, ana: Agent) -> None:
    session = chat(brand, name="Zoë")
    accept_chat(ana, session.ticket)
    row = page.locator(f"#row-{session.ticket_id}")
    row.locator("a").click()
    write_to(page, "Hello")
    visitor_typing(session.pk, session.ticket_id, brand.pk, True)
    expect(row.locator("[data-row-typing]")).to_be_visible()
    expect(page.locator("[data-visitor-typing]")).to_contain_text("Zoë is typing")
    writes(session, "Thanks")
    expect(row.locator("[data-row-typing]")).to_be_hidden()
    post_system_message(session.ticket_id, "Are you still there?", channel="chat")
    expect(page.locator(".notice-line")).to_contain_text("Are you still there?")
    page.get_by_role("button", name="End chat").click()
    expect(page.locator("#timeline")).to_contain_text("Ana ended the chat")
    expect(page.locator('[data-chat-list="own"] .chat-row:not(.is-gone)')).to_have_count(0)


def test_a_ready_answer_by_slash(page: Page, brand: Brand, ana: Agent, leo: Agent) -> None:
    greeting = write(leo, "Greeting", "Hello {{customer.first_name}}!", brand=brand, public=False, shortcut="hi")
    write(leo, "How do I return it?", "Within 30 days.", brand=brand, shortcut="return")
    session = chat(brand, name="Zoë Example")
    accept_chat(ana, session.ticket)
    page.locator(f"#row-{session.ticket_id} a").click()
    box = page.get_by_label("Your message")
    expect(box).to_be_focused()
    page.keyboard.type("See https://example.com and/or this: /retrun")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    box.fill("")
    page.keyboard.type("/")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.type("hi")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box).to_have_value("Hello Zoë!")
    page.keyboard.type(" /ret")
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("option", name="How do I return it?").click()
    expect(box).to_have_value("Hello Zoë! Within 30 days.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--out")).to_contain_text("Hello Zoë! Within 30 days.")
    assert Message.objects.filter(text="Hello Zoë! Within 30 days.").count() == 1
    greeting.refresh_from_db()
    assert greeting.used == 1


def test_the_sound_is_a_choice_that_stays(page: Page) -> None:
    button = page.get_by_role("button", name="Sound when a customer writes")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_chats_on_a_phone(live_app: LiveApp, brand: Brand, ana: Agent, new_page: NewPage) -> None:
    chat(brand, "Hi from my phone", name="A very long name of somebody who wrote it all into the field " * 3)
    page = new_page(width=390, height=844, has_touch=True)
    sign_in(page, ana)
    page.goto("/console/views/chats/")
    assert sideways(page) <= 0
    page.get_by_role("button", name="Accept the longest").click()
    expect(page.locator("#conversation")).to_contain_text("Hi from my phone")
    expect(page.locator("#list")).to_be_hidden()
    assert sideways(page) <= 0
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator('[data-chat-list="own"] [data-row]')).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_chats_are_accessible(
    theme: str, width: int, live_app: LiveApp, brand: Brand, ana: Agent, leo: Agent, new_page: NewPage
) -> None:
    write(leo, "How do I return it?", brand=brand, shortcut="return")
    now = timezone.now()
    own, long, short = (chat(brand, now=now - timedelta(minutes=minutes)) for minutes in (4, 3, 0))
    accept_chat(ana, own.ticket)
    assert long.pk != short.pk
    page = new_page(width=width, height=900, color_scheme=theme)
    sign_in(page, ana)
    page.goto("/console/views/chats/")
    found = axe_findings(page)
    page.locator(f"#row-{own.ticket_id} a").click()
    expect(page.locator("#conversation")).to_be_visible()
    page.get_by_label("Your message").fill("/")
    expect(page.get_by_role("option")).to_have_count(1)
    assert found + axe_findings(page) == []


def test_words_that_reached_the_console_are_delivered(page: Page, brand: Brand, ana: Agent) -> None:
    session = chat(brand, name="Zoë")
    accept_chat(ana, session.ticket)
    expect(page.locator('[data-chat-list="own"] [data-row]')).to_have_count(1)
    page.goto("/console/views/mine/")
    writes(session, "And another thing")
    for _tick in range(50):
        session.refresh_from_db()
        if session.agent_got_seq == 2:
            break
        page.wait_for_timeout(100)
    assert (session.agent_got_seq, session.agent_seen_seq) == (2, 0)


def test_who_the_visitor_says_to_be_reaches_the_open_panel(page: Page, brand: Brand, ana: Agent) -> None:
    session = chat(brand, name="")
    accept_chat(ana, session.ticket)
    page.locator(f"#row-{session.ticket_id} a").click()
    page.get_by_label("About").fill("half a sentence")
    identify_visitor(session.pk, name="Zoë Example", email="zoe@example.com")
    expect(page.locator("#panel-live")).to_contain_text("Claimed, not proved")
    expect(page.locator("#panel-live")).to_contain_text("zoe@example.com")
    expect(page.locator(f"#row-{session.ticket_id}")).to_contain_text("Zoë Example")
    expect(page.get_by_label("About")).to_have_value("half a sentence")
