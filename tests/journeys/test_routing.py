"""Who gets which chat, step by step in real browsers. Five of them through all of it: test_five_browsers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agents.actions import set_availability
from agents.models import Agent, AgentSkill, Availability, Brand, Skill
from chat.actions import end_chat
from chat.models import Disposition, State
from tests import factories
from tests.browser.console_page import axe_findings, sideways, sign_in
from tests.console.visitors import chat
from tests.live import LiveApp
from tickets.actions import move_to_team
from tickets.models import Desk, Mode, QueueSkill, TeamRouting

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def rules(live_app: LiveApp, brand: Brand) -> TeamRouting:
    return TeamRouting.objects.create(brand=brand, mode=Mode.OFFER, offer_seconds=120, wrap_up_seconds=300)


@pytest.fixture
def of_ana(rules: TeamRouting, new_page: NewPage, ana: Agent) -> Page:
    """Ana's inbox: not the Chats view, because an offer must reach her anywhere."""
    page = new_page()
    sign_in(page, ana)
    return page


@pytest.fixture
def of_leo(rules: TeamRouting, new_page: NewPage, leo: Agent) -> Page:
    page = new_page()
    set_availability(leo.pk, Availability.ONLINE)  # who supervises takes contacts only when they say so
    sign_in(page, leo)
    return page


def card(page: Page, name: str) -> Any:
    return page.locator("#desk [data-offer]", has_text=name)


def open_ticket(page: Page, pk: int) -> None:
    page.goto(f"/console/tickets/{pk}/?view=chats")


def test_only_who_has_the_skill_is_asked_and_the_history_says_why(
    rules: TeamRouting, of_ana: Page, of_leo: Page, brand: Brand, ana: Agent
) -> None:
    german = Skill.objects.create(name="German")
    QueueSkill.objects.create(routing=rules, skill=german, level=3)
    AgentSkill.objects.create(agent=ana, skill=german, level=4)
    sessions = [chat(brand, f"Frage {name}", name=name) for name in ("Zoë", "Ben", "Cem")]
    for name in ("Zoë", "Ben", "Cem"):
        expect(card(of_ana, name)).to_be_visible()
    expect(of_leo.locator("#desk [data-offer]")).to_have_count(0)
    assert axe_findings(of_ana) == []
    of_ana.keyboard.press("a")
    expect(of_ana.locator("#conversation")).to_contain_text("Frage Zoë")
    expect(card(of_ana, "Zoë")).to_have_count(0)
    expect(card(of_ana, "Ben")).to_be_visible()
    sessions[0].refresh_from_db()
    assert (sessions[0].state, sessions[0].accepted_by) == (State.ACTIVE, ana)
    of_ana.get_by_role("button", name="Why this agent").click()
    expect(of_ana.locator(".why")).to_contain_text("German: has level 0, needs 3")
    expect(of_ana.locator(".why")).to_contain_text("Nobody else could take it.")


def test_a_declined_offer_goes_to_the_next_and_an_unanswered_one_goes_on(
    rules: TeamRouting, of_ana: Page, of_leo: Page, brand: Brand, leo: Agent
) -> None:
    set_availability(leo.pk, Availability.BUSY)
    session = chat(brand, "Are you open?", name="Zoë")
    asked = card(of_ana, "Zoë")
    expect(asked).to_be_visible()
    TeamRouting.objects.filter(pk=rules.pk).update(offer_seconds=5)
    asked.locator("summary", has_text="Decline").click()
    asked.get_by_label("Why not you?").fill("On the phone")
    asked.locator("form").last.get_by_role("button", name="Decline").click()
    expect(asked).to_have_count(0)
    set_availability(leo.pk, Availability.ONLINE)
    expect(card(of_leo, "Zoë")).to_be_visible()
    expect(card(of_leo, "Zoë")).to_have_count(0, timeout=20_000)
    open_ticket(of_leo, session.ticket_id)
    history = of_leo.locator("[data-timeline]")
    expect(history).to_contain_text("Ana declined: “On the phone”")
    expect(history).to_contain_text("Leo did not answer in time")


def test_who_has_waited_too_long_is_helped_by_the_second_team(
    rules: TeamRouting, of_ana: Page, of_leo: Page, brand: Brand, ana: Agent, leo: Agent
) -> None:
    sales, service = factories.team("Sales", brand), factories.team("Service", brand)
    ana.teams.add(sales)
    leo.teams.add(service)
    set_availability(ana.pk, Availability.BUSY)
    set_availability(leo.pk, Availability.BUSY)
    TeamRouting.objects.create(
        brand=brand, team=sales, mode=Mode.OFFER, offer_seconds=120, overflow_team=service, overflow_after_seconds=3
    )
    session = chat(brand, "Which tent?", name="Zoë")
    move_to_team(None, session.ticket_id, sales)
    set_availability(leo.pk, Availability.ONLINE)
    expect(card(of_leo, "Zoë")).to_be_visible(timeout=20_000)
    of_leo.locator("#desk").get_by_role("button", name="Accept").click()
    expect(of_leo.locator("[data-timeline]")).to_contain_text("Waited too long: Service helps")


def test_the_wrap_up_asks_what_is_missing_and_done_frees_the_place(of_ana: Page, brand: Brand, ana: Agent) -> None:
    Disposition.objects.create(brand=brand, name="Advised to buy")
    session = chat(brand, "Which pole?", name="Zoë")
    card(of_ana, "Zoë").get_by_role("button", name="Accept").click()
    expect(of_ana.locator("#conversation")).to_contain_text("Which pole?")
    end_chat(session, ana)
    form = of_ana.locator("[data-wrap-up-form]")
    expect(form).to_be_visible()
    expect(of_ana.locator("#desk [data-wrap-up]")).to_be_hidden()  # the form says it already
    of_ana.mouse.move(900, 300)  # a row under the pointer stays, greyed
    expect(of_ana.locator('[data-chat-list="own"] [data-row]')).to_have_count(0, timeout=15_000)
    assert axe_findings(of_ana) == []
    assert sideways(of_ana) == 0
    form.get_by_text("Advised to buy").click()
    form.get_by_label("Summary for colleagues").fill("Took the long one.")
    form.get_by_label("Email").fill("zoe@example.com")
    form.get_by_role("button", name="Done").click()
    expect(form).to_have_count(0)
    expect(of_ana.locator("#desk [data-wrap-up]")).to_have_count(0)
    expect(of_ana.locator("[data-timeline]")).to_contain_text("Ana noted how it came out: Advised to buy")
    assert Desk.objects.get(pk=ana.pk).load == 0


def test_a_chat_is_passed_on_and_stays_until_the_colleague_accepts(
    of_ana: Page, of_leo: Page, brand: Brand, ana: Agent, leo: Agent
) -> None:
    set_availability(leo.pk, Availability.BUSY)
    session = chat(brand, "A refund, please", name="Zoë")
    card(of_ana, "Zoë").get_by_role("button", name="Accept").click()
    expect(of_ana.locator("#conversation")).to_contain_text("A refund, please")
    set_availability(leo.pk, Availability.ONLINE)
    of_ana.locator("#menu-chat > summary").click()
    of_ana.get_by_label("To", exact=True).select_option(f"agent-{leo.pk}")
    of_ana.get_by_label("What they need to know").fill("Order 4711, promised.")
    of_ana.get_by_role("button", name="Ask", exact=True).click()
    asked = of_leo.locator("#desk [data-transfer]")
    expect(asked).to_contain_text("Zoë: Ana asks you to take over")
    expect(asked).to_contain_text("Order 4711, promised.")
    session.refresh_from_db()
    assert session.accepted_by == ana
    asked.get_by_role("button", name="Accept").click()
    expect(of_leo.locator("[data-timeline]")).to_contain_text("Leo took the chat over from Ana")
    session.refresh_from_db()
    assert session.accepted_by == leo
    assert {desk.agent_id: desk.load for desk in Desk.objects.all()} == {ana.pk: 0, leo.pk: 100}
