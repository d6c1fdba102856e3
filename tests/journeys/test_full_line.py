"""A customer who comes when too many wait already leaves a number, and an agent finds it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from agents.models import Agent, Availability, Brand
from chat.models import Widget
from tests.chat.visitors import chat
from tests.live import LiveApp
from tickets.models import FullRule, TeamRouting, Ticket

pytestmark = pytest.mark.browser


def test_a_full_line_asks_for_a_number_to_call_back(live_app: LiveApp, brand: Brand, ana: Agent, new_page: Any) -> None:
    new_page.allowed_errors += ["422"]
    Agent.objects.filter(pk=ana.pk).update(availability=Availability.ONLINE, last_seen_at=timezone.now())
    widget = Widget.objects.create(brand=brand, name="Shop", public_key="demo", allowed_domains=["127.0.0.1"])
    TeamRouting.objects.create(
        brand=brand, max_waiting=1, full_rule=FullRule.CALLBACK, full_message="Everybody is talking. We call you back."
    )
    chat(widget)
    page = new_page()
    page.goto("/widget/demo/")
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("heading", name="Everybody is talking. We call you back.")).to_be_visible()
    page.get_by_label("Your message").fill("My tent leaks")
    page.get_by_role("textbox", name="Email").fill("mia@example.com")
    page.get_by_role("button", name="Leave a message").click()
    expect(page.get_by_text("Please answer this.")).to_be_visible()
    page.get_by_role("textbox", name="Telephone").fill("no number")
    page.get_by_role("button", name="Leave a message").click()
    expect(page.get_by_text("Please write a telephone number.")).to_be_visible()
    page.get_by_role("textbox", name="Telephone").fill("+49 30 1234567")
    page.get_by_role("button", name="Leave a message").click()
    expect(page.get_by_text("Thank you. We have your message", exact=False)).to_be_visible()
    ticket = Ticket.objects.latest("pk")
    assert "callback" in ticket.tags
    assert "+49 30 1234567" in str(ticket.left_message.phone)
