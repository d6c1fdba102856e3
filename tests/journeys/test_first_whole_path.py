"""The product's promise from end to end: real processes, two browsers, mail over SMTP.

A customer writes by mail and by chat; an agent sees both live, answers both; both lie on one customer's timeline.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import Page, expect

from agents.models import Agent, Brand
from chat.models import Widget
from email_inbox.models import InboundEmail, InboundState, Mailbox, SinkMail
from tests.browser.console_page import sign_in
from tests.live import LiveApp
from tickets.models import Ticket

pytestmark = pytest.mark.browser

NewPage = Callable[..., Page]


@pytest.fixture
def mailbox(live_app: LiveApp, brand: Brand) -> Mailbox:
    return Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand, undo_seconds=1)


def send(live: LiveApp, mail: EmailMessage, to: str = "support@example.com") -> None:
    with smtplib.SMTP("127.0.0.1", live.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail, from_addr="mia@example.com", to_addrs=[to])


def from_mia(subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Mia Chen <mia@example.com>"
    mail["To"] = "support@example.com"
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain="example.com")
    mail.set_content(text)
    return mail


def sent_mail(seconds: float = 15) -> EmailMessage:
    """The newest mail that left by SMTP, waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        caught = SinkMail.objects.order_by("-pk").first()
        if caught is not None:
            return message_from_bytes(bytes(caught.content), policy=policy.default)
        time.sleep(0.1)
    raise AssertionError("no mail left")


def test_a_mail_becomes_a_ticket_is_answered_and_the_answer_joins_it(
    live_app: LiveApp, mailbox: Mailbox, new_page: NewPage, ana: Agent
) -> None:
    agent = new_page()
    sign_in(agent, ana)
    agent.goto("/console/views/unassigned/")
    expect(agent.locator("#socket")).to_have_text("Live")

    first = from_mia("Broken kettle", "It broke on the first day.")
    send(live_app, first)
    # New arrivals announce themselves without moving the list; the agent asks for them.
    expect(agent.get_by_text("Broken kettle").or_(agent.get_by_text("1 new")).first).to_be_visible()
    if not agent.get_by_text("Broken kettle").first.is_visible():
        agent.get_by_text("1 new").first.click()
    agent.get_by_text("Broken kettle").first.click()
    expect(agent.get_by_text("It broke on the first day.").last).to_be_visible()

    agent.get_by_label("Your message").fill("A new one is on its way.")
    agent.get_by_role("button", name="Send", exact=True).click()
    expect(agent.locator(".timeline, #timeline").get_by_text("A new one is on its way.")).to_be_visible()

    reply = sent_mail()
    assert reply["In-Reply-To"] == first["Message-ID"]
    assert first["Message-ID"] in reply["References"]
    assert "mia@example.com" in reply["To"]
    assert "A new one is on its way." in reply.get_body(("plain",)).get_content()  # type: ignore[union-attr]

    answer = from_mia("AW: something else", "Thank you so much!")
    answer["In-Reply-To"] = reply["Message-ID"]
    answer.replace_header("To", reply["Reply-To"])
    send(live_app, answer, to=reply["Reply-To"].addresses[0].addr_spec)
    expect(agent.get_by_text("Thank you so much!").last).to_be_visible()
    ticket = Ticket.objects.get()
    assert [message.seq for message in ticket.messages.all()] == [1, 2, 3]
    assert InboundEmail.objects.filter(state=InboundState.PROCESSED).count() == 2


def test_mail_and_chat_of_one_person_lie_on_one_timeline(
    live_app: LiveApp, mailbox: Mailbox, new_page: NewPage, ana: Agent, brand: Brand
) -> None:
    Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["127.0.0.1"])
    send(live_app, from_mia("Broken kettle", "It broke on the first day."))

    agent = new_page()
    sign_in(agent, ana)
    agent.goto("/console/views/chats/")  # somebody is there: else the form would be an email

    visitor = new_page()
    visitor.goto("/widget/demo/")
    visitor.get_by_role("button", name="Open chat").click()
    visitor.get_by_label("Name").fill("Mia Chen")
    visitor.get_by_role("textbox", name="Email").fill("Mia@Example.com")
    visitor.get_by_label("Your message").fill("I also wrote a mail about my kettle")
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".bubble", has_text="I also wrote a mail")).to_be_visible()

    agent.goto("/console/views/chats/")
    agent.get_by_role("button", name="Accept").first.click()
    expect(agent.get_by_text("Claimed, not proved").first).to_be_visible()
    expect(agent.get_by_text("Broken kettle").first).to_be_visible()  # among all contacts of this customer

    agent.get_by_label("Your message").fill("I have your mail here, Mia.")
    agent.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.locator(".bubble", has_text="I have your mail here, Mia.")).to_be_visible()
    visitor.get_by_label("Your message").fill("Wonderful")
    began = time.monotonic()
    visitor.keyboard.press("Enter")
    expect(agent.get_by_text("Wonderful").last).to_be_visible()
    assert time.monotonic() - began < 10  # "within a second" is measured in bench/; here: it comes by itself
    visitor.reload()
    expect(visitor.locator(".bubble", has_text="Wonderful")).to_be_visible()
    assert len({ticket.customer_id for ticket in Ticket.objects.all()}) == 1
