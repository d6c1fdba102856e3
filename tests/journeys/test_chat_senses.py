"""What a customer hears, sees and drags: the sound, the flashing title, files dropped and pasted, being asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from chat.actions import accept_chat
from chat.actions.silence import sweep_silent
from chat.models import ChatSession, State, Widget
from tests.live import LiveApp
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Message, Ticket

pytestmark = pytest.mark.browser

LISTEN = """
    window.tones = 0;
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...when) { window.tones++; return start.apply(this, when); };
    Object.defineProperty(document, "hidden", { get: () => window.elsewhere === true });
"""
DROP = """([kind, name, text]) => {
    const box = document.querySelector("contact-chat").shadowRoot.querySelector(".panel");
    const target = kind === "paste" ? box.querySelector(".bar textarea") : box;
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/plain" }));
    const how = { bubbles: true, cancelable: true };
    target.dispatchEvent(
        kind === "paste"
            ? new ClipboardEvent("paste", { ...how, clipboardData: data })
            : new DragEvent("drop", { ...how, dataTransfer: data }),
    );
}"""


@pytest.fixture
def shop(live_app: LiveApp, brand: Brand, new_page: Callable[..., Page]) -> Page:
    """The sample shop with the widget open; `window.elsewhere` says that the visitor looks at another tab."""
    Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["127.0.0.1"])
    page = new_page()
    page.add_init_script(LISTEN)
    page.goto("/widget/demo/")
    page.get_by_role("button", name="Open chat").click()
    return page


def asked(page: Page) -> Ticket:
    page.get_by_label("Your message").fill("Where is my parcel?")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble", has_text="Where is my parcel?")).to_be_visible()
    return Ticket.objects.get()


def look(page: Page, *, away: bool) -> None:
    page.evaluate(f"elsewhere = {str(away).lower()}; document.dispatchEvent(new Event('visibilitychange'))")


def swept(at: datetime) -> None:
    """A sweep passes over what the visitor's own browser has in hand just then; the next one has it."""
    for _sweep in range(20):
        if sweep_silent(at):
            return
        time.sleep(0.2)
    raise AssertionError("nothing was due")


def test_the_title_flashes_for_who_looks_elsewhere_until_they_look_again(shop: Page, ana: Agent) -> None:
    ticket = asked(shop)
    title = shop.title()
    look(shop, away=True)
    post_reply(ana, ticket.pk, NewMessage("It is at the depot."))
    shop.wait_for_function("title => document.title !== title", arg=title)
    look(shop, away=False)
    expect(shop).to_have_title(title)
    assert shop.evaluate("tones") == 0, "no sound unless it was asked for"


def test_the_sound_is_a_choice_that_is_kept(shop: Page, ana: Agent) -> None:
    ticket = asked(shop)
    shop.get_by_label("Options").click()
    shop.get_by_label("Sound for new messages").check()
    shop.reload()
    shop.get_by_label("Options").click()
    expect(shop.get_by_label("Sound for new messages")).to_be_checked()
    look(shop, away=True)
    post_reply(ana, ticket.pk, NewMessage("It is at the depot."))
    shop.wait_for_function("tones === 1")


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_can_be_dropped_or_pasted(shop: Page, kind: str) -> None:
    asked(shop)
    shop.evaluate(DROP, [kind, "list.txt", "tent, stove"])
    expect(shop.get_by_label("Remove list.txt")).to_be_visible()
    shop.get_by_role("button", name="Send", exact=True).click()
    expect(shop.get_by_role("button", name="Download list.txt")).to_be_visible()
    with Message.objects.get(seq=2).attachments.get().file.open("rb") as stored:
        assert stored.read() == b"tent, stove"


def test_who_falls_silent_is_asked_and_then_told_that_it_is_over(shop: Page, ana: Agent) -> None:
    ticket = asked(shop)
    accept_chat(ana, ticket)
    post_reply(ana, ticket.pk, NewMessage("Which order is it?"))
    widget = Widget.objects.get()
    later = timezone.now() + timedelta(seconds=widget.nudge_after + 1)
    swept(later)
    expect(shop.get_by_text("Are you still there?")).to_be_visible()
    swept(later + timedelta(seconds=widget.close_after + 1))
    expect(shop.get_by_text("This chat was ended because nothing was said for a while.", exact=False)).to_be_visible()
    assert ChatSession.objects.get().state == State.ENDED
