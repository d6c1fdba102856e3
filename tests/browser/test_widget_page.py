"""The widget and the page around it: its script interface, invitations, log-in and log-out, sizes and directions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from typing import Any

import jwt
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.models import Agent, Availability, Brand
from chat.actions import accept_chat, end_chat
from chat.bundle import FOLDER, widget_bundle
from chat.models import ChatSession, Invitation, Widget
from core.secrets import Secret
from knowledge.actions import AnswerWords, save_answer
from knowledge.models import AnswerState
from tests import factories
from tests.browser.foreign_site import ForeignSite
from tests.live import LiveApp
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Message, Ticket

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]
SECRET = "a-secret-of-the-site-that-is-long-enough"


@pytest.fixture
def demo_widget(live_app: LiveApp, brand: Brand) -> Widget:
    return Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["localhost"])


@pytest.fixture
def somebody(ana: Agent) -> Agent:
    Agent.objects.filter(pk=ana.pk).update(availability=Availability.ONLINE, last_seen_at=timezone.now())
    return ana


@pytest.fixture
def site(demo_widget: Widget, new_page: NewPage, live_app: LiveApp) -> Generator[Callable[..., Page]]:
    """A page of the site with `/widget.js?key=demo` and whatever stands before it."""
    foreign = ForeignSite("")

    def show(before: str = "", *, script: str = "?key=demo", **context: Any) -> Page:
        foreign.page = (
            f'<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>Shop</title>'
            f'<body><h1>Shop</h1>{before}<script src="{live_app.url}/widget.js{script}" async></script>'
        )
        foreign.policy = "default-src * 'unsafe-inline' 'unsafe-eval' blob: data:"
        page = new_page(**context)
        page.goto(f"{foreign.url}shop")
        page.locator("contact-chat .launcher").first.wait_for()
        return page

    with foreign.serving():
        yield show


def test_what_the_minifier_would_turn_round_does_not_occur() -> None:
    """It puts a `const` that takes something apart before the plain ones beside it, also when it needs them."""
    turned = re.compile(r"^ *const \w+ = [^\n]*;\n *const [{\[]", re.MULTILINE)
    assert [path.name for path in FOLDER.glob("*.js") if turned.search(path.read_text(encoding="utf-8"))] == []


def test_commands_given_before_the_script_was_there_are_carried_out(site: Any, somebody: Agent) -> None:
    page = site("""<script>window.ContactCentre = { q: [
        ["prefill", { name: "Mia", message: "About my order" }], ["open"],
        ["onMessage", (message) => { window.heard = message.text }]] }</script>""")
    expect(page.get_by_label("Your message")).to_have_value("About my order")
    expect(page.get_by_label("Name")).to_have_value("Mia")
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("About my order")
    post_reply(somebody, Ticket.objects.get().pk, NewMessage("Hello Mia"))
    page.wait_for_function("window.heard === 'Hello Mia'")
    page.evaluate("ContactCentre.close()")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_page_may_carry_the_widgets_of_several_brands(
    site: Any, demo_widget: Widget, somebody: Agent, live_app: LiveApp
) -> None:
    garden = factories.brand("Garden")
    Widget.objects.create(
        brand=garden, name="Garden", public_key="garden", allowed_domains=["localhost"], position="left"
    )
    page = site(f'<script src="{live_app.url}/widget.js?key=garden"></script>' * 2)
    expect(page.locator("contact-chat")).to_have_count(2)
    other = page.locator('contact-chat[data-key="garden"]')
    other.locator(".launcher").click()
    expect(other.get_by_role("dialog", name="Garden")).to_be_visible()
    own = page.locator('contact-chat[data-key="demo"]')
    own.locator(".launcher").click()
    expect(own.get_by_role("dialog", name="Acme")).to_be_visible()


def test_the_words_of_an_invitation_stand_above_the_form_it_leads_to(
    site: Any, demo_widget: Widget, somebody: Agent, brand: Brand
) -> None:
    """Also when there are ready answers, which are not what was invited to."""
    lea = factories.agent("Lea", role="admin")
    save_answer(lea, AnswerWords("Do you repair zips?", "Yes.", state=AnswerState.PUBLISHED, brand=brand))
    Invitation.objects.create(widget=demo_widget, text="Questions about this tent?", after_seconds=0)
    page = site()
    page.get_by_role("button", name="Questions about this tent?").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_role("heading", name="Questions about this tent?")).to_be_visible()


def test_an_invitation_comes_once_and_stays_dismissed(site: Any, demo_widget: Widget, somebody: Agent) -> None:
    Invitation.objects.create(widget=demo_widget, text="Need help?", page_pattern="*/shop*", after_seconds=1)
    page = site()
    assert page.evaluate("Object.keys(localStorage)") == []
    page.get_by_role("button", name="Need help?").wait_for()
    page.locator(".invitation").get_by_role("button", name="Close chat").click()
    page.reload()
    page.locator("contact-chat .launcher").wait_for()
    page.wait_for_timeout(2500)
    expect(page.get_by_role("button", name="Need help?")).to_have_count(0)


def test_who_follows_an_invitation_is_known_by_it(site: Any, demo_widget: Widget, somebody: Agent) -> None:
    Invitation.objects.create(widget=demo_widget, text="Elsewhere", page_pattern="*/cart", after_seconds=0)
    wanted = Invitation.objects.create(widget=demo_widget, text="Need help?", after_seconds=0)
    page = site()
    page.get_by_role("button", name="Need help?").click()
    page.get_by_label("Your message").fill("Yes")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("Yes")
    assert ChatSession.objects.get().invitation == wanted


def test_visits_are_counted_only_for_a_rule_about_them(site: Any, demo_widget: Widget) -> None:
    Invitation.objects.create(widget=demo_widget, text="Welcome back", min_visits=2, after_seconds=0)
    page = site()
    assert page.evaluate("Object.keys(localStorage)") == ["contact-chat:demo:visits"]
    page.wait_for_timeout(1500)
    expect(page.get_by_role("button", name="Welcome back")).to_have_count(0)
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.get_by_role("button", name="Welcome back").wait_for()


def test_a_visitor_whom_the_site_vouches_for_finds_earlier_chats_and_a_log_out_forgets(
    site: Any, demo_widget: Widget, somebody: Agent
) -> None:
    Widget.objects.filter(pk=demo_widget.pk).update(identity_secret=Secret.of(SECRET))
    claims = {"sub": "42", "name": "Mia Chen", "exp": int(time.time()) + 3600}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    first = site(f'<script>window.ContactCentre = {{ q: [["identify", "{token}"], ["open"]] }}</script>')
    first.get_by_label("Your message").fill("The zip is broken")
    first.keyboard.press("Enter")
    expect(first.locator(".log .bubble")).to_have_text("The zip is broken")
    end_chat(accept_chat(somebody, Ticket.objects.get()), somebody)
    second = site(f'<script>window.ContactCentre = {{ q: [["identify", "{token}"]] }}</script>')
    second.get_by_role("button", name="Open chat").click()
    second.get_by_role("button", name="The zip is broken").click()
    expect(second.get_by_text("This is an earlier chat.")).to_be_visible()
    expect(second.locator(".log .bubble")).to_have_text("The zip is broken")
    second.evaluate("ContactCentre.forget()")
    second.wait_for_timeout(300)
    assert second.evaluate("Object.keys(localStorage)") == []


def test_the_next_person_in_a_browser_sees_nothing_of_the_last(
    site: Any, new_page: Any, demo_widget: Widget, somebody: Agent
) -> None:
    new_page.allowed_errors.append("404")  # what tells the widget that the chat is not theirs
    Widget.objects.filter(pk=demo_widget.pk).update(identity_secret=Secret.of(SECRET))
    mia, bob = (
        jwt.encode({"sub": sub, "name": sub, "exp": int(time.time()) + 3600}, SECRET, algorithm="HS256")
        for sub in ("Mia", "Bob")
    )
    page = site(f'<script>window.ContactCentre = {{ q: [["identify", "{mia}"], ["open"]] }}</script>')
    page.get_by_label("Your message").fill("The secret of Mia")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("The secret of Mia")
    page.get_by_label("Your message").fill("Not yet sent by Mia")
    page.evaluate("word => ContactCentre.identify(word)", bob)
    expect(page.get_by_text("The secret of Mia")).to_have_count(0)
    expect(page.get_by_text("The chat ended")).to_have_count(0)
    expect(page.get_by_label("Your message")).to_have_value("")
    page.get_by_label("Your message").fill("Words of Bob")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("Words of Bob")
    expect(page.locator("contact-chat")).to_have_count(1)
    said = Message.objects.filter(author_kind="customer").order_by("pk").values_list("text", "ticket__customer__name")
    assert list(said) == [("The secret of Mia", "Mia"), ("Words of Bob", "Bob")]


def test_the_script_carries_the_looks_of_its_widget(site: Any, demo_widget: Widget) -> None:
    Widget.objects.update(accent="#7a3b8f", position="left", launcher_text="Questions?")
    page = site()
    launcher = page.get_by_role("button", name="Questions?")
    assert launcher.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(122, 59, 143)"
    box = launcher.bounding_box()
    assert box is not None
    assert box["x"] == 20
    assert widget_bundle().script != widget_bundle({"key": "demo"}).script


def test_the_pages_own_colour_comes_first(site: Any) -> None:
    page = site("<style>:root { --contactcentre-accent: #ffd400 }</style>")
    colours = page.locator(".launcher").evaluate(
        "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    )
    assert colours == ["rgb(255, 212, 0)", "rgb(17, 17, 17)"]


def test_styles_that_hide_everything_do_not_hide_it(site: Any, somebody: Agent) -> None:
    page = site("<style>body * { all: unset !important; display: none !important; direction: rtl !important }</style>")
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_label("Your message")).to_be_visible()
    page.get_by_label("Your message").fill("Still here")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("Still here")


@pytest.mark.parametrize(("width", "height"), [(720, 450), (320, 568), (320, 256)])
def test_large_print_loses_no_control(site: Any, somebody: Agent, width: int, height: int) -> None:
    page = site(width=width, height=height)
    page.get_by_role("button", name="Open chat").click()
    for name in ("Start the chat", "Close", "Attach files"):
        control = page.get_by_role("button", name=name, exact=True)
        control.scroll_into_view_if_needed()
        expect(control).to_be_in_viewport(ratio=1)
    page.get_by_label("Your message").fill("Small window")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_have_text("Small window")
    for name in ("Send", "Close"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_turns_round_for_languages_from_the_right(site: Any, somebody: Agent) -> None:
    page = site()

    def turned(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"dir": "rtl"})

    page.context.route("**/widget/api/config*", turned)
    page.get_by_role("button", name="Open chat").click()
    page.get_by_label("Your message").fill("שלום")
    page.keyboard.press("Enter")
    bubble = page.locator(".mine .bubble").bounding_box()
    window = page.get_by_role("dialog").bounding_box()
    assert bubble is not None
    assert window is not None
    assert bubble["x"] - window["x"] < 40  # the visitor's own words stand at the end of the line: left


@pytest.mark.parametrize(
    ("language", "words"),
    [("id", "Buka obrolan"), ("el-GR", "Συνομιλία"), ("zh-CN", "打开聊天"), ("fr", "Open chat")],
)
def test_it_speaks_the_pages_language(site: Any, demo_widget: Widget, language: str, words: str) -> None:
    page = site(script=f'?key=demo" data-language="{language}')
    expect(page.get_by_role("button", name=words)).to_be_visible()
    page.get_by_role("button", name=words).click()
    expect(page.get_by_role("dialog").get_by_role("textbox").first).to_be_visible()


def test_an_emoji_is_put_in_where_one_writes(site: Any, somebody: Agent) -> None:
    page = site()
    page.get_by_role("button", name="Open chat").click()
    field = page.get_by_label("Your message")
    field.fill("Thanks !")
    field.press("ArrowLeft")
    page.get_by_label("Emoji").press("Enter")
    page.get_by_role("button", name="🎉").press("Enter")
    expect(field).to_have_value("Thanks 🎉!")
    expect(field).to_be_focused()
    expect(page.get_by_role("button", name="🎉")).to_be_hidden()


def test_the_title_flashes_until_somebody_looks_and_the_wish_is_kept(site: Any, somebody: Agent) -> None:
    page = site()
    page.get_by_role("button", name="Open chat").click()
    page.get_by_label("Your message").fill("Hello")
    page.keyboard.press("Enter")
    expect(page.locator(".log .bubble")).to_be_visible()
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true })")
    page.evaluate("window.away = true")
    post_reply(somebody, Ticket.objects.get().pk, NewMessage("Hi"))
    page.wait_for_function("document.title === 'New message'")
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert page.title() == "Shop"
    page.get_by_label("Options").click()
    expect(page.get_by_label("Sound for new messages")).not_to_be_checked()
    page.get_by_label("New messages in the page's title").uncheck()
    page.reload()
    page.get_by_label("Options").click()
    expect(page.get_by_label("New messages in the page's title")).not_to_be_checked()


def test_what_the_page_asks_as_soon_as_the_script_has_run_is_done_once_the_widget_stands(
    site: Any, somebody: Agent
) -> None:
    """The launcher is put on the page in a task of its own; the page's own script need not wait for it."""
    at_once = "ContactCentre.prefill({ message: 'Is it in stock?' }); ContactCentre.open()"
    page = site(script=f'?key=demo" onload="{at_once}')
    expect(page.get_by_label("Your message")).to_have_value("Is it in stock?")
