"""Before the chat: ready answers, what is asked, the terms, and the form when nobody is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from agents.models import Agent, Availability, Brand, Calendar
from chat.models import ChatSession, LeftMessage, Widget, WidgetQuestion
from crm.models import Consent
from email_inbox.models import Mailbox
from knowledge.actions import AnswerWords, save_answer
from knowledge.models import Answer, AnswerState
from tests import factories
from tests.browser.chromium import NETWORK_LOST
from tests.live import LiveApp
from tickets.models import Ticket

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


@pytest.fixture
def demo_widget(live_app: LiveApp, brand: Brand) -> Widget:
    return Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["127.0.0.1"])


@pytest.fixture
def somebody(ana: Agent) -> Agent:
    """Ana is there for chats."""
    Agent.objects.filter(pk=ana.pk).update(availability=Availability.ONLINE, last_seen_at=timezone.now())
    return ana


@pytest.fixture
def answers(brand: Brand, ana: Agent) -> list[Answer]:
    words = {
        "How long does delivery take?": "Two working days. Follow it at https://example.com/track",
        "Do you repair zips?": "Yes, for as long as you use the tent.",
    }
    leo = factories.agent("Lea", role="admin")
    return [
        save_answer(leo, AnswerWords(question, text, state=AnswerState.PUBLISHED, brand=brand))
        for question, text in words.items()
    ]


def opened(new_page: NewPage, **context: Any) -> Page:
    page = new_page(**context)
    page.goto("/widget/demo/")
    page.get_by_role("button", name="Open chat").click()
    return page


def test_a_ready_answer_is_found_read_and_judged(
    demo_widget: Widget, new_page: NewPage, somebody: Agent, answers: list[Answer]
) -> None:
    page = opened(new_page)
    expect(page.get_by_role("button", name="How long does delivery take?")).to_be_visible()
    page.get_by_role("searchbox", name="Search for an answer").fill("zip")
    expect(page.get_by_role("button", name="How long does delivery take?")).to_have_count(0)
    page.get_by_role("button", name="Do you repair zips?").press("Enter")
    expect(page.get_by_text("Yes, for as long as you use the tent.")).to_be_visible()
    with page.expect_response("**/helped*"):
        page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_text("Thank you, that is good to know.")).to_be_visible()
    answers[1].refresh_from_db()
    assert answers[1].helped == 1
    assert not Ticket.objects.exists()


def test_what_was_searched_for_begins_the_message(
    demo_widget: Widget, new_page: NewPage, somebody: Agent, answers: list[Answer]
) -> None:
    page = opened(new_page)
    page.get_by_role("searchbox").fill("my stove is cold")
    expect(page.get_by_text("Nothing was found. Write to us and we will answer.")).to_be_visible()
    page.get_by_role("button", name="Write to us").click()
    expect(page.get_by_label("Your message")).to_have_value("my stove is cold")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("my stove is cold")


def test_questions_department_and_terms_are_asked_and_kept(
    demo_widget: Widget, new_page: NewPage, somebody: Agent, brand: Brand
) -> None:
    repairs = factories.team("Repairs", brand)
    somebody.teams.add(repairs)
    demo_widget.departments.add(repairs)
    Widget.objects.update(terms_text="You may keep my words.", terms_version="7", ask_email="required")
    WidgetQuestion.objects.create(
        widget=demo_widget, key="size", label="Which size?", kind="choice", options=["S", "M"]
    )
    page = opened(new_page)
    page.get_by_label("Your message").fill("A torn seam")
    page.get_by_role("button", name="Start the chat").click()
    expect(page.get_by_text("Please answer this.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Email")).to_be_focused()
    page.get_by_role("textbox", name="Email").fill("mia@example.com")
    page.get_by_label("Who should answer?").select_option("Repairs")
    page.get_by_label("Which size?").select_option("M")
    page.get_by_role("button", name="Start the chat").click()
    expect(page.get_by_text("Please agree to the terms first.")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("A torn seam")
    page.get_by_label("You may keep my words.").check()
    page.get_by_role("button", name="Start the chat").click()
    expect(page.locator(".log .bubble")).to_have_text("A torn seam")
    session = ChatSession.objects.get()
    assert session.ticket.team == repairs
    assert [one["value"] for one in session.answers] == ["M"]
    assert Consent.objects.get().version.startswith("7 (")  # and a mark of the words


def test_who_chooses_nothing_is_answered_by_anybody(
    demo_widget: Widget, new_page: NewPage, somebody: Agent, brand: Brand
) -> None:
    demo_widget.departments.add(factories.team("Repairs", brand), factories.team("Sales", brand))
    WidgetQuestion.objects.create(
        widget=demo_widget, key="size", label="Which size?", kind="choice", options=["S", "M"]
    )
    page = opened(new_page)
    page.get_by_label("Your message").fill("A torn seam")
    page.get_by_role("button", name="Start the chat").click()
    expect(page.locator(".log .bubble")).to_have_text("A torn seam")
    session = ChatSession.objects.get()
    assert (session.ticket.team, session.answers) == (None, [])


def test_what_the_server_refuses_goes_back_into_the_form(demo_widget: Widget, new_page: Any, somebody: Agent) -> None:
    new_page.allowed_errors += ["422"]
    page = opened(new_page)
    expect(page.get_by_label("Your message")).to_be_visible()
    Widget.objects.update(terms_text="New terms.", terms_version="8")
    page.get_by_label("Your message").fill("Kept?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Please agree to the terms first.")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("Kept?")
    page.get_by_label("New terms.").check()
    page.get_by_role("button", name="Start the chat").click()
    expect(page.locator(".log .bubble")).to_have_text("Kept?")
    assert Ticket.objects.count() == 1


def test_when_it_is_closed_the_form_becomes_an_email(demo_widget: Widget, new_page: NewPage, brand: Brand) -> None:
    Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand)
    calendar = Calendar.objects.create(name="Never today", time_zone="UTC")
    tomorrow = timezone.now().isoweekday() % 7 + 1
    calendar.windows.create(weekday=tomorrow, opens=time(9), closes=time(17))
    Brand.objects.filter(pk=brand.pk).update(calendar=calendar)
    page = opened(new_page)
    expect(page.get_by_text("We are back", exact=False)).to_be_visible()
    page.get_by_label("Your message").fill("Do you repair zips?")
    page.get_by_role("button", name="Leave a message").click()
    problem = page.get_by_text("Please answer this.")
    expect(problem).to_be_visible()
    assert left_edge(problem) == left_edge(page.get_by_role("textbox", name="Email")), "under what it is about"
    page.get_by_role("textbox", name="Email").fill("mia@example.com")
    page.get_by_role("button", name="Leave a message").click()
    expect(page.get_by_role("button", name="Write another message")).to_be_focused()
    expect(page.get_by_text("Thank you. We have your message and will answer to mia@example.com.")).to_be_visible()
    left = LeftMessage.objects.get()
    assert (left.email, left.ticket.excerpt) == ("mia@example.com", "Do you repair zips?")
    page.get_by_role("button", name="Write another message").click()
    expect(page.get_by_label("Your message")).to_have_value("")


def test_words_typed_before_the_chat_outlive_a_reload_and_a_missing_server(
    demo_widget: Widget, new_page: Any, somebody: Agent
) -> None:
    new_page.allowed_errors += NETWORK_LOST
    page = opened(new_page)
    page.get_by_label("Your message").fill("half a thought")
    page.get_by_label("Name").fill("Mia")
    page.get_by_label("Name").blur()
    page.context.route("**/widget/api/**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("half a thought")
    expect(page.get_by_label("Name")).to_have_value("Mia")


def test_without_a_configuration_it_says_so_and_keeps_trying(
    demo_widget: Widget, new_page: Any, somebody: Agent
) -> None:
    new_page.allowed_errors += NETWORK_LOST
    page = new_page()
    page.context.route("**/widget/api/**", lambda route: route.abort())
    page.goto("/widget/demo/")
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_text("The chat is not available.")).to_be_visible()
    page.context.unroute("**/widget/api/**")
    expect(page.get_by_label("Your message")).to_be_visible(timeout=15_000)


def left_edge(element: Locator) -> int:
    """In pixels."""
    return int(element.evaluate("one => Math.round(one.getBoundingClientRect().left)"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_the_chat(
    demo_widget: Widget, new_page: NewPage, brand: Brand, answers: list[Answer], scheme: str
) -> None:
    Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand)
    Widget.objects.update(terms_text="You may keep my words.", phone="+49 30 123", contact_email="help@example.com")
    Widget.objects.update(ask_topic="optional")
    WidgetQuestion.objects.create(widget=demo_widget, key="order", label="Order number", kind="text")
    WidgetQuestion.objects.create(widget=demo_widget, key="more", label="Anything else?", kind="long")
    page = opened(new_page, color_scheme=scheme, bypass_csp=True)  # axe injects itself
    expect(page.get_by_role("button", name="Do you repair zips?")).to_be_visible()
    _check(page)
    page.get_by_role("button", name="Do you repair zips?").click()
    expect(page.get_by_text("Did this help?")).to_be_visible()
    _check(page)
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_role("button", name="Write to us").last.click()
    page.get_by_label("Your message").fill("x")
    page.get_by_role("button", name="Leave a message").click()
    expect(page.get_by_text("Please answer this.")).to_be_visible()
    _check(page)


def _check(page: Page) -> None:
    page.wait_for_timeout(300)  # colours are measured after the window has faded in
    results = Axe().run(page)
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in results.response["violations"]] == []
