"""A line that takes nobody more: a message, another team, or a number to call back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.actions import note_presence, set_availability
from agents.models import Agent, Brand, Team
from chat.form import department_id
from chat.models import ChatSession, LeftMessage, Widget
from email_inbox.models import Mailbox
from tests import factories
from tests.chat.visitors import SHOP, Visitor, chat
from tickets.models import FullRule
from tickets.models import TeamRouting as Rules

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def there(ana: Agent) -> None:
    note_presence(ana.pk)
    set_availability(ana.pk, "online")


@pytest.fixture
def mailbox(brand: Brand) -> Mailbox:
    return Mailbox.objects.create(address="help@acme.example.com", name="Acme", brand=brand)


def full(widget: Widget, rule: str, **fields: Any) -> None:
    """One waits, and one may wait."""
    Rules.objects.create(brand=widget.brand, max_waiting=1, full_rule=rule, **fields)
    chat(widget)


def config() -> Any:
    return Client().get("/widget/api/config?key=demo&language=en", headers={"Origin": SHOP}).json()


def test_there_is_room_until_it_is_full(widget: Widget, visitor: Visitor) -> None:
    Rules.objects.create(brand=widget.brand, max_waiting=1)
    assert (config()["open"], config()["full"]) == (True, None)
    assert visitor.start().status_code == 201
    assert config()["open"] is False
    assert config()["full"]["rule"] == "message"
    assert "Many people are waiting" in config()["full"]["text"]


def test_a_start_into_a_full_line_is_told_what_to_do_instead(widget: Widget, visitor: Visitor) -> None:
    full(widget, FullRule.MESSAGE, full_message="All our tent experts are busy.")
    answer = visitor.start()
    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "code": "queue_full",
        "message": "All our tent experts are busy.",
        "rule": "message",
    }
    assert ChatSession.objects.count() == 1


def test_a_repeated_start_still_finds_the_chat_it_made(widget: Widget, visitor: Visitor) -> None:
    Rules.objects.create(brand=widget.brand, max_waiting=1)
    assert [visitor.start().status_code, visitor.start().status_code] == [201, 201]
    assert ChatSession.objects.count() == 1


def test_another_team_helps(widget: Widget, brand: Brand, ana: Agent, visitor: Visitor) -> None:
    helpers = factories.team("Helpers", brand)
    ana.teams.add(helpers)
    full(widget, FullRule.OVERFLOW, overflow_team=helpers)
    assert config()["open"] is True
    assert visitor.start().status_code == 201
    assert ChatSession.objects.get(public_id=visitor.session).ticket.team == helpers


@pytest.mark.parametrize("why", ["nobody there", "full as well", "switched off", "itself"])
def test_a_team_that_cannot_help_is_not_asked(
    why: str, widget: Widget, brand: Brand, ana: Agent, visitor: Visitor
) -> None:
    helpers = factories.team("Helpers", brand)
    if why != "nobody there":
        ana.teams.add(helpers)
    if why == "full as well":
        Rules.objects.create(brand=brand, team=helpers, max_waiting=1)
        chat(widget).ticket.queue_entries.update(team=helpers)
    Team.objects.filter(pk=helpers.pk).update(is_active=why != "switched off")
    if why == "itself":
        widget.departments.add(helpers)
        Rules.objects.create(
            brand=brand, team=helpers, max_waiting=1, full_rule=FullRule.OVERFLOW, overflow_team=helpers
        )
        chat(widget, department=department_id(helpers))
        answer = visitor.start(department=department_id(helpers))
    else:
        full(widget, FullRule.OVERFLOW, overflow_team=helpers)
        answer = visitor.start()
    assert (answer.status_code, answer.json()["error"]["rule"]) == (409, "message")
    assert config()["open"] is (why == "itself")


def test_overflow_without_a_team_is_the_message(widget: Widget, visitor: Visitor) -> None:
    full(widget, FullRule.OVERFLOW)
    assert visitor.start().json()["error"]["rule"] == "message"


def test_whoever_leaves_a_number_is_a_ticket_to_call_back(widget: Widget, visitor: Visitor) -> None:
    full(widget, FullRule.CALLBACK)
    assert (config()["full"]["rule"], config()["leave"]) == ("callback", True)
    assert visitor.start().json()["error"]["rule"] == "callback"
    form = {"id": "left-0001", "text": "My tent leaks", "email": "zoe@example.com", "phone": "+49 (30) 123-456"}
    answer = visitor.post("leave", form)
    assert answer.status_code == 201
    left = LeftMessage.objects.select_related("ticket").get()
    assert (left.phone, left.ticket.tags) == ("+49 (30) 123-456", ["callback"])
    assert {"key": "phone", "label": "Telephone", "value": "+49 (30) 123-456"} in left.answers


@pytest.mark.parametrize("phone", ["", "call me", "12", "+1234567<script>"])
def test_what_is_no_number_is_asked_for_again(phone: str, widget: Widget, visitor: Visitor, mailbox: Mailbox) -> None:
    full(widget, FullRule.CALLBACK)
    form = {"id": "left-0001", "text": "My tent leaks", "email": "zoe@example.com", "phone": phone}
    answer = visitor.post("leave", form)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "phone")
    assert not LeftMessage.objects.exists()


def test_a_full_department_does_not_close_the_others(
    widget: Widget, brand: Brand, ana: Agent, visitor: Visitor
) -> None:
    sales, bills = factories.team("Sales", brand), factories.team("Bills", brand)
    widget.departments.add(sales, bills)
    ana.teams.add(sales, bills)
    Rules.objects.create(brand=brand, team=sales, max_waiting=1)
    chat(widget, department=department_id(sales))
    assert {one["name"]: one["open"] for one in config()["departments"]} == {"Sales": False, "Bills": True}
    assert visitor.start(department=department_id(bills)).status_code == 201
    assert Visitor().start(department=department_id(sales)).status_code == 409
