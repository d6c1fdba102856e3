"""Two agents and three visitors, each in a browser of their own, through everything that can happen to a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agents.actions import set_availability
from agents.models import Agent, AgentSkill, Availability, Brand, Skill
from chat.models import ChatSession, Disposition, State, Widget
from tests import factories
from tests.browser.console_page import sign_in
from tests.live import LiveApp
from tickets.models import Desk, Method, Mode, QueueSkill, TeamRouting

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]

LIVE_ENVIRONMENT = {"HAND_BACK_SECONDS": "30"}
"""The shortest: an open console notes its presence every ten seconds."""
PATIENCE = 60_000
HELD_BACK = 120_000
"""Milliseconds for a closed tab to be noticed, and for who has let an offer pass to be asked again (60 s)."""


@dataclass(frozen=True)
class Scene:
    """`ana` and `leo`: consoles; `visit` opens the shop as another visitor, in a browser of their own."""

    ana: Page
    leo: Page
    new_page: NewPage
    repairs: TeamRouting

    def visit(self, name: str, words: str, *, team: str = "") -> Page:
        page = self.new_page()
        page.goto("/widget/demo/")
        page.get_by_role("button", name="Open chat").click()
        page.get_by_label("Name").fill(name)
        if team:
            page.get_by_label("Who should answer?").select_option(team)
        page.get_by_label("Your message").fill(words)
        page.keyboard.press("Enter")
        expect(bubble(page, words)).to_be_visible(timeout=PATIENCE)
        return page


@pytest.fixture
def scene(live_app: LiveApp, new_page: NewPage, brand: Brand, ana: Agent, leo: Agent) -> Scene:
    """Sales needs German, which Ana speaks; repairs are Leo's, and sales help with them."""
    sales, repairs = factories.team("Sales", brand), factories.team("Repairs", brand)
    ana.teams.add(sales)
    leo.teams.add(sales, repairs)
    asks: dict[str, Any] = {"brand": brand, "mode": Mode.OFFER, "offer_seconds": 120, "wrap_up_seconds": 300}
    TeamRouting.objects.create(**asks, method=Method.LEAST_LOADED)
    of_sales = TeamRouting.objects.create(**asks, team=sales)
    of_repairs = TeamRouting.objects.create(
        **(asks | {"offer_seconds": 8}), team=repairs, overflow_team=sales, overflow_after_seconds=3
    )
    german = Skill.objects.create(name="German")
    QueueSkill.objects.create(routing=of_sales, skill=german, level=3)
    AgentSkill.objects.create(agent=ana, skill=german, level=4)
    Disposition.objects.create(brand=brand, name="Advised to buy")
    widget = Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["127.0.0.1"])
    widget.departments.add(sales, repairs)
    set_availability(leo.pk, Availability.ONLINE)  # who supervises takes contacts only when they say so
    scene = Scene(new_page(), new_page(), new_page, of_repairs)
    sign_in(scene.ana, ana)
    sign_in(scene.leo, leo)
    return scene


def test_two_agents_and_three_visitors(scene: Scene, ana: Agent, leo: Agent) -> None:
    zoe = only_who_has_the_skill_is_asked(scene)
    ben = a_declined_chat_goes_to_the_next(scene)
    cem = who_waited_too_long_is_helped_by_the_second_team(scene)
    assert Desk.objects.get(pk=ana.pk).load == 300
    a_colleague_takes_over_when_they_accept(scene, ben, leo)
    the_end_is_wrapped_up(scene, ben)
    assert {desk.pk: desk.load for desk in Desk.objects.all()} == {ana.pk: 200, leo.pk: 0}
    a_closed_tab_hands_its_chats_back(scene, zoe, cem)
    states = dict(ChatSession.objects.values_list("visitor_name", "state"))
    assert states == {"Zoë": State.WAITING, "Ben": State.ENDED, "Cem": State.ACTIVE}, "nobody left speaks German"
    assert ChatSession.objects.get(visitor_name="Cem").accepted_by == leo


def only_who_has_the_skill_is_asked(scene: Scene) -> Page:
    zoe = scene.visit("Zoë", "Welches Zelt?", team="Sales")
    expect(card(scene.ana, "Zoë")).to_be_visible(timeout=PATIENCE)
    expect(scene.leo.locator("#desk [data-offer]")).to_have_count(0)
    scene.ana.keyboard.press("a")
    expect(scene.ana.locator("#conversation")).to_contain_text("Welches Zelt?")
    expect(scene.ana.locator("#socket")).to_have_text("Live", timeout=PATIENCE)
    write(scene.ana, "Das Fjell 3")
    expect(bubble(zoe, "Das Fjell 3")).to_be_visible(timeout=PATIENCE)
    scene.ana.get_by_role("button", name="Why this agent").click()
    expect(scene.ana.locator(".why")).to_contain_text("German: has level 0, needs 3")
    expect(scene.ana.locator(".why")).to_contain_text("Nobody else could take it.")
    return zoe


def a_declined_chat_goes_to_the_next(scene: Scene) -> Page:
    """Leo has less to do and is asked first."""
    ben = scene.visit("Ben", "A refund, please")
    asked = card(scene.leo, "Ben")
    expect(asked).to_be_visible(timeout=PATIENCE)
    expect(card(scene.ana, "Ben")).to_have_count(0)
    asked.locator("summary", has_text="Decline").click()
    asked.get_by_label("Why not you?").fill("On the phone")
    asked.locator("form").last.get_by_role("button", name="Decline").click()
    expect(asked).to_have_count(0)
    accept(scene.ana, "Ben")
    expect(timeline(scene.ana)).to_contain_text("Leo declined: “On the phone”")
    return ben


def who_waited_too_long_is_helped_by_the_second_team(scene: Scene) -> Page:
    cem = scene.visit("Cem", "A torn seam", team="Repairs")
    asked = card(scene.leo, "Cem")
    expect(asked).to_be_visible(timeout=PATIENCE)
    TeamRouting.objects.filter(pk=scene.repairs.pk).update(offer_seconds=120)  # for who is asked next
    expect(asked).to_have_count(0, timeout=PATIENCE)
    accept(scene.ana, "Cem")
    expect(timeline(scene.ana)).to_contain_text("Leo did not answer in time")
    expect(timeline(scene.ana)).to_contain_text("Waited too long: Sales helps")
    return cem


def a_colleague_takes_over_when_they_accept(scene: Scene, ben: Page, to: Agent) -> None:
    scene.ana.locator('[data-chat-list="own"] [data-row]', has_text="Ben").click()
    expect(scene.ana.locator("#conversation")).to_contain_text("A refund, please")
    scene.ana.locator("#menu-chat > summary").click()
    scene.ana.get_by_label("To", exact=True).select_option(f"agent-{to.pk}")
    scene.ana.get_by_label("What they need to know").fill("Order 4711, promised.")
    scene.ana.get_by_role("button", name="Ask", exact=True).click()
    asked = scene.leo.locator("#desk [data-transfer]")
    expect(asked).to_contain_text("Order 4711, promised.", timeout=PATIENCE)
    assert ChatSession.objects.get(visitor_name="Ben").accepted_by.name == "Ana"  # type: ignore[union-attr]
    asked.get_by_role("button", name="Accept").click()
    expect(timeline(scene.leo)).to_contain_text("Leo took the chat over from Ana")
    expect(ben.get_by_text("You are now talking with Leo.")).to_be_visible(timeout=PATIENCE)
    write(scene.leo, "The refund is on its way.")
    expect(bubble(ben, "The refund is on its way.")).to_be_visible(timeout=PATIENCE)
    expect(ben.get_by_text("Order 4711, promised.")).to_have_count(0)


def the_end_is_wrapped_up(scene: Scene, ben: Page) -> None:
    scene.leo.get_by_role("button", name="End chat").click()
    form = scene.leo.locator("[data-wrap-up-form]")
    form.get_by_text("Advised to buy").click()
    form.get_by_label("Summary for colleagues").fill("Took the refund.")
    form.get_by_label("Email").fill("ben@example.com")
    form.get_by_role("button", name="Done").click()
    expect(form).to_have_count(0)
    expect(timeline(scene.leo)).to_contain_text("Leo noted how it came out: Advised to buy")
    expect(ben.get_by_text("Leo ended the chat.", exact=False).first).to_be_visible(timeout=PATIENCE)


def a_closed_tab_hands_its_chats_back(scene: Scene, *visitors: Page) -> None:
    scene.ana.close()
    expect(card(scene.leo, "Cem")).to_be_visible(timeout=HELD_BACK)
    for page in visitors:
        expect(page.get_by_text("The connection to our colleague was lost.", exact=False)).to_be_visible()
    accept(scene.leo, "Cem")
    expect(timeline(scene.leo)).to_contain_text("The chat went back into the line")
    write(scene.leo, "I see to it.")
    expect(bubble(visitors[-1], "I see to it.")).to_be_visible(timeout=PATIENCE)


def card(page: Page, name: str) -> Any:
    return page.locator("#desk [data-offer]", has_text=name)


def accept(page: Page, name: str) -> None:
    asked = card(page, name)
    expect(asked).to_be_visible(timeout=PATIENCE)
    asked.get_by_role("button", name="Accept").click()
    expect(asked).to_have_count(0)
    expect(page.locator("#conversation")).to_contain_text(name)
    expect(page.locator("#socket")).to_have_text("Live", timeout=PATIENCE)


def timeline(page: Page) -> Any:
    return page.locator("[data-timeline]")


def bubble(page: Page, words: str) -> Any:
    return page.locator(".log .bubble", has_text=words)


def write(page: Page, words: str) -> None:
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message--out").last).to_contain_text(words)
