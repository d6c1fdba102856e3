"""From the sample shop to the agent and back, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agents.models import Agent, Availability, Brand
from chat.actions import accept_chat, agent_typing, end_chat, mark_agent_seen
from chat.actions.agents import Got, mark_agents_got
from chat.models import ChatSession, Widget
from crm.models import Customer
from email_inbox.models import Mailbox
from tests import factories
from tests.browser.chromium import NETWORK_LOST
from tests.live import LiveApp
from tickets.actions import post_note, post_reply, post_system_message
from tickets.content import NewMessage
from tickets.models import Delivery, Message, Rating, Ticket

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


@pytest.fixture
def demo_widget(live_app: LiveApp, brand: Brand) -> Widget:
    return Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["127.0.0.1"])


@pytest.fixture
def shop(demo_widget: Widget, new_page: NewPage) -> Page:
    """The sample shop with the widget open."""
    page = new_page()
    page.goto("/widget/demo/")
    page.get_by_role("button", name="Open chat").click()
    return page


def write(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def bubble(page: Page, text: str) -> Any:
    return page.locator(".log .bubble", has_text=text)


def started(page: Page, text: str = "Where is my parcel?") -> Ticket:
    write(page, text)
    expect(bubble(page, text)).to_be_visible()
    return Ticket.objects.latest("pk")


def test_a_visitor_asks_and_an_agent_answers(shop: Page, ana: Agent) -> None:
    shop.get_by_label("Name").fill("Mia Chen")
    ticket = started(shop)
    expect(shop.get_by_text("We have your message. Somebody will be with you.", exact=False)).to_be_visible()
    assert ticket.customer.name == "Mia Chen"
    post_note(ana, ticket.pk, NewMessage("SECRET"))
    reply = post_reply(ana, ticket.pk, NewMessage("It is at the depot."))
    expect(bubble(shop, "It is at the depot.")).to_be_visible()
    expect(shop.get_by_role("dialog", name="Ana")).to_be_visible()
    expect(shop.get_by_text("SECRET")).to_have_count(0)
    write(shop, "Thank you")
    expect(shop.get_by_text("Sent", exact=True)).to_be_visible()
    mark_agent_seen(ticket.pk, 4)
    expect(shop.get_by_text("Seen", exact=True)).to_be_visible()
    reply.refresh_from_db()
    assert reply.delivery == Delivery.SEEN


def test_a_reload_keeps_the_conversation_and_what_was_being_typed(shop: Page, ana: Agent) -> None:
    ticket = started(shop)
    post_reply(ana, ticket.pk, NewMessage("Hello"))
    expect(bubble(shop, "Hello")).to_be_visible()
    shop.get_by_label("Your message").fill("half a sent")
    shop.reload()
    expect(bubble(shop, "Where is my parcel?")).to_be_visible()
    expect(bubble(shop, "Hello")).to_be_visible()
    expect(shop.get_by_label("Your message")).to_have_value("half a sent")


def test_words_written_offline_are_sent_once_the_network_is_back(shop: Page, new_page: Any) -> None:
    new_page.allowed_errors += NETWORK_LOST
    started(shop)
    shop.context.set_offline(True)
    expect(shop.get_by_text("You are offline.", exact=False)).to_be_visible()
    write(shop, "first")
    write(shop, "second")
    shop.context.set_offline(False)
    expect(bubble(shop, "second")).to_be_visible()
    assert list(Message.objects.order_by("seq").values_list("text", flat=True))[1:] == ["first", "second"]


def test_words_that_never_left_are_sent_after_a_reload(shop: Page, new_page: Any) -> None:
    new_page.allowed_errors += NETWORK_LOST
    started(shop)
    shop.context.route("**/widget/api/**", lambda route: route.abort())
    shop.context.set_offline(True)
    write(shop, "in the tunnel")
    expect(shop.get_by_text("in the tunnel")).to_be_visible()
    shop.context.set_offline(False)
    shop.context.unroute("**/widget/api/**")
    shop.reload()
    expect(bubble(shop, "in the tunnel")).to_be_visible()
    assert Message.objects.filter(text="in the tunnel").count() == 1


def test_two_tabs_share_one_conversation(shop: Page, ana: Agent) -> None:
    ticket = started(shop)
    other = shop.context.new_page()
    other.goto("/widget/demo/")
    expect(bubble(other, "Where is my parcel?")).to_be_visible()
    write(other, "from the other tab")
    expect(bubble(shop, "from the other tab")).to_be_visible()
    post_reply(ana, ticket.pk, NewMessage("Hello, both of you"))
    expect(bubble(shop, "both of you")).to_be_visible()
    expect(bubble(other, "both of you")).to_be_visible()
    assert ChatSession.objects.count() == 1


def test_words_of_a_tab_that_was_closed_are_sent_by_the_one_that_is_left(shop: Page, new_page: Any) -> None:
    new_page.allowed_errors += NETWORK_LOST
    started(shop)
    other = shop.context.new_page()
    other.goto("/widget/demo/")
    expect(bubble(other, "Where is my parcel?")).to_be_visible()
    shop.context.set_offline(True)
    write(other, "in the tunnel")
    expect(other.get_by_text("in the tunnel")).to_be_visible()
    other.close()
    shop.context.set_offline(False)
    expect(bubble(shop, "in the tunnel")).to_be_visible()
    assert Message.objects.filter(text="in the tunnel").count() == 1


def test_typing_dots_come_and_go(shop: Page, ana: Agent) -> None:
    ticket = started(shop)
    accept_chat(ana, ticket)
    expect(shop.get_by_role("dialog", name="Ana")).to_be_visible()
    agent_typing(ticket.pk, ana)
    expect(shop.get_by_label("Ana is typing")).to_be_visible()
    agent_typing(ticket.pk, ana, on=False)
    expect(shop.get_by_label("Ana is typing")).to_have_count(0)


def test_the_visitor_ends_the_chat_and_can_begin_another(shop: Page) -> None:
    started(shop)
    shop.get_by_label("Options").click()
    shop.get_by_role("button", name="End chat").click()
    expect(shop.get_by_text("You ended the chat.")).to_be_visible()
    shop.get_by_role("button", name="Start a new chat").click()
    started(shop, "Another thing")
    assert Ticket.objects.count() == 2


def test_words_after_the_agent_ended_go_on_with_the_same_chat(shop: Page, ana: Agent) -> None:
    ticket = started(shop)
    end_chat(accept_chat(ana, ticket), ana)
    expect(shop.get_by_text("Ana ended the chat.")).to_be_visible()
    write(shop, "One more thing")
    expect(shop.get_by_text("We have your message.", exact=False)).to_be_visible()
    assert Ticket.objects.get().last_seq == 2


@pytest.fixture
def mailbox(brand: Brand) -> Mailbox:
    return Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand)


@pytest.fixture
def somebody(ana: Agent) -> Agent:
    """Ana is there for chats."""
    Agent.objects.filter(pk=ana.pk).update(availability=Availability.ONLINE, last_seen_at=timezone.now())
    return ana


def test_mail_and_chat_of_one_address_lie_on_one_timeline_and_only_the_agents_see_it(
    mailbox: Mailbox, somebody: Agent, shop: Page, brand: Brand, mia: Customer
) -> None:
    factories.ticket(mia, brand, subject="Secret", text="My card is 1234")
    started(shop)
    shop.get_by_role("textbox", name="Email").fill("mia@example.com")
    shop.get_by_role("button", name="Keep my place").click()
    expect(shop.get_by_text("You keep your place.", exact=False)).to_be_visible(timeout=15_000)
    assert mia.tickets.count() == 2
    expect(shop.get_by_text("1234")).to_have_count(0)


def test_from_the_first_word_to_rating_and_transcript(
    mailbox: Mailbox, somebody: Agent, shop: Page, live_app: LiveApp
) -> None:
    shop.get_by_role("textbox", name="Email").fill("mia@example.com")
    ticket = started(shop)
    expect(shop.get_by_text("You are next in line.", exact=False)).to_be_visible()
    session = accept_chat(somebody, ticket)
    post_reply(somebody, ticket.pk, NewMessage("It is at the depot."))
    write(shop, "Thank you")
    expect(bubble(shop, "Thank you")).to_be_visible()
    mark_agents_got([Got(somebody.pk, ticket.pk, Ticket.objects.get().last_seq)])
    expect(shop.get_by_text("Delivered", exact=True)).to_be_visible()
    end_chat(session, somebody)
    expect(shop.get_by_text("Ana ended the chat.")).to_be_visible()
    shop.get_by_label("4 of 5").check()
    shop.get_by_label("What could be better?").fill("Faster, please")
    shop.reload()
    shop.get_by_label("4 of 5").check()
    expect(shop.get_by_label("What could be better?")).to_have_value("Faster, please")
    shop.get_by_role("button", name="Send rating").click()
    expect(shop.get_by_text("Thank you for your rating.")).to_be_visible()
    rating = Rating.objects.get()
    assert (rating.score, rating.comment, rating.agent) == (4, "Faster, please", somebody)
    shop.get_by_role("button", name="Send me the chat by email").click()
    expect(shop.get_by_text("It is on its way to you.")).to_be_visible()
    assert ChatSession.objects.get().transcripts == 1


def test_a_visitor_who_goes_keeps_the_place_and_comes_back_to_it(mailbox: Mailbox, somebody: Agent, shop: Page) -> None:
    started(shop)
    shop.get_by_role("textbox", name="Email").fill("not an address")
    shop.get_by_role("button", name="Keep my place").click()
    expect(shop.get_by_text("Please check the email address.")).to_be_visible()
    shop.get_by_role("textbox", name="Email").fill("mia@example.com")
    shop.get_by_role("button", name="Keep my place").click()
    expect(shop.get_by_text("You keep your place.", exact=False)).to_be_visible()
    shop.reload()
    expect(shop.get_by_text("You keep your place.", exact=False)).to_be_visible()
    assert ChatSession.objects.get().reply_by_email


def test_lines_of_the_house_stand_in_the_middle(shop: Page, ana: Agent) -> None:
    ticket = started(shop)
    post_system_message(ticket.pk, "You are now talking with Leo.", channel="chat")
    line = shop.get_by_text("You are now talking with Leo.")
    expect(line).to_be_visible()
    assert line.evaluate("one => getComputedStyle(one).textAlign") == "center"


def test_a_file_travels_and_comes_back_as_a_picture(shop: Page) -> None:
    started(shop)
    png = shop.screenshot(clip={"x": 0, "y": 0, "width": 80, "height": 60})
    shop.locator("input[type=file]").set_input_files({"name": "roof.png", "mimeType": "image/png", "buffer": png})
    expect(shop.get_by_label("Remove roof.png")).to_be_visible()
    shop.get_by_role("button", name="Send", exact=True).click()
    expect(shop.get_by_role("img", name="Image roof.png")).to_be_visible()
    with Message.objects.get(seq=2).attachments.get().file.open("rb") as stored:
        assert stored.read() == png


def test_a_chat_that_is_gone_is_forgotten_and_the_words_start_a_new_one(shop: Page, new_page: Any) -> None:
    new_page.allowed_errors += ["404"]
    started(shop)
    ChatSession.objects.all().delete()
    shop.reload()
    expect(bubble(shop, "Where is my parcel?")).to_have_count(0)
    started(shop, "Is anybody there?")
    assert ChatSession.objects.get().ticket.excerpt == "Is anybody there?"


def test_words_on_their_way_while_the_socket_hears_that_the_chat_is_gone_start_a_new_one(
    shop: Page, new_page: Any
) -> None:
    new_page.allowed_errors += ["404"]
    started(shop)
    ChatSession.objects.all().delete()

    # The socket is told after the words have set out, and before they arrive.
    shop.add_init_script(
        """
        const { fetch } = window, { send } = WebSocket.prototype;
        const wait = (milliseconds) => new Promise((later) => setTimeout(later, milliseconds));
        WebSocket.prototype.send = function (data) { wait(2000).then(() => send.call(this, data)); };
        window.fetch = async (url, how) => { if (how?.method === "POST") await wait(4000); return fetch(url, how); };
        """
    )
    shop.reload()
    write(shop, "Is anybody there?")
    expect(bubble(shop, "Is anybody there?")).to_be_visible(timeout=15_000)
    assert ChatSession.objects.get().ticket.excerpt == "Is anybody there?"
