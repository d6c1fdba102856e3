"""Before the chat: who is there, what is asked, what was agreed to, and what happens when nobody is there."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agents.actions import set_availability
from agents.models import Agent, Availability, Brand, Calendar, OpeningWindow
from chat.form import department_id, terms_mark
from chat.languages import choose_language
from chat.models import Asked, ChatSession, Invitation, LeftMessage, QuestionKind, Widget, WidgetQuestion
from core.secrets import Secret
from crm.models import Consent, Customer, Identity, Proof
from email_inbox.models import Mailbox
from tests import factories
from tests.chat.visitors import SHOP, Visitor
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

TERMS = "We keep what you write for two years."


@pytest.fixture
def mailbox(brand: Brand) -> Mailbox:
    return Mailbox.objects.create(address="support@example.com", name="Acme Help", brand=brand)


def online(agent: Agent) -> None:
    set_availability(agent.pk, Availability.ONLINE)
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=timezone.now())


def config(language: str = "en") -> Any:
    return Client().get(f"/widget/api/config?key=demo&language={language}", headers={"Origin": SHOP}).json()


def refusal(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("field", "")


class TestConfig:
    def test_it_says_whether_somebody_is_there(self, widget: Widget, ana: Agent) -> None:
        assert config()["open"] is False
        online(ana)
        assert (config()["open"], config()["opens_at"]) == (True, None)

    def test_outside_business_hours_it_says_when_next(self, widget: Widget, brand: Brand, ana: Agent) -> None:
        online(ana)
        brand.calendar = Calendar.objects.create(name="Office", time_zone="UTC")
        brand.save(update_fields=["calendar"])
        day = timezone.now().isoweekday() % 7 + 1
        OpeningWindow.objects.create(calendar=brand.calendar, weekday=day, opens=time(9), closes=time(17))
        told = config()
        assert told["open"] is False
        assert told["opens_at"].endswith("09:00:00+00:00")

    def test_departments_have_their_own_hours_and_people(self, widget: Widget, brand: Brand, ana: Agent) -> None:
        sales, bills = factories.team("Sales", brand), factories.team("Bills", brand)
        widget.departments.add(sales, bills)
        ana.teams.add(sales)
        online(ana)
        assert {one["name"]: one["open"] for one in config()["departments"]} == {"Sales": True, "Bills": False}
        assert str(sales.pk) not in [one["id"] for one in config()["departments"]]

    def test_it_asks_what_the_widget_asks(self, widget: Widget) -> None:
        widget.ask_name, widget.ask_email, widget.ask_topic = Asked.OFF, Asked.REQUIRED, Asked.OPTIONAL
        widget.save()
        WidgetQuestion.objects.create(
            widget=widget, key="plan", label="Plan", kind=QuestionKind.CHOICE, options=["Free", "Pro"], required=True
        )
        assert [(one["key"], one["required"], one["options"]) for one in config()["questions"]] == [
            ("email", True, []),
            ("topic", False, []),
            ("plan", True, ["Free", "Pro"]),
        ]

    def test_other_ways_to_reach_us_can_be_followed(self, widget: Widget) -> None:
        Widget.objects.update(phone="+30 210 555-01", contact_email="help@example.com")
        assert [(one["kind"], one["href"]) for one in config()["contacts"]] == [
            ("phone", "tel:+3021055501"),
            ("email", "mailto:help@example.com"),
        ]

    def test_it_speaks_the_visitors_language_whatever_the_server_speaks(self, widget: Widget) -> None:
        assert config("el-GR")["language"] == "el"
        assert config("xx")["language"] == "en"
        assert set(config("id")["words"]) == set(config("en")["words"])

    @pytest.mark.parametrize(
        ("tag", "language"),
        [
            *(("en", "en"), ("EN-us", "en"), ("el", "el"), ("el-GR", "el"), ("id-ID", "id"), ("in", "id")),
            *(("zh", "zh-hans"), ("zh-CN", "zh-hans"), ("zh-Hans-SG", "zh-hans"), ("zh-TW", "en"), ("zh-Hant", "en")),
            *(("", "en"), ("fr", "en"), ("e" * 500, "en"), ("\x00", "en"), ("elephant", "en")),
        ],
    )
    def test_tags_find_their_language(self, tag: str, language: str) -> None:
        assert choose_language(tag) == language

    def test_it_tells_no_secret(self, widget: Widget) -> None:
        Widget.objects.update(identity_secret=Secret.of("s" * 40))
        assert "s" * 40 not in str(config())
        assert "identity" not in str(config())


class TestStart:
    def test_answers_department_and_invitation_reach_the_agent(
        self, visitor: Visitor, widget: Widget, brand: Brand
    ) -> None:
        sales = factories.team("Sales", brand)
        widget.departments.add(sales)
        widget.ask_topic = Asked.REQUIRED
        widget.save()
        WidgetQuestion.objects.create(widget=widget, key="order", label="Order number")
        invitation = Invitation.objects.create(widget=widget, text="Need help?")
        answers = {"topic": "Delivery", "order": "A-1", "unknown": "x", "list": ["x"]}
        visitor.start(answers=answers, department=department_id(sales), invitation=invitation.public_id)
        session = ChatSession.objects.get()
        assert (session.ticket.team, session.ticket.subject, session.invitation) == (sales, "Delivery", invitation)
        assert session.answers == [
            {"key": "topic", "label": "What is it about?", "value": "Delivery"},
            {"key": "order", "label": "Order number", "value": "A-1"},
        ]

    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({}, "answer_missing", "email"),
            ({"email": "mia"}, "bad_email", "email"),
            ({"email": "mia@example.com"}, "answer_missing", "plan"),
            ({"email": "mia@example.com", "answers": {"plan": "Gold"}}, "bad_answer", "plan"),
            ({"email": "mia@example.com", "answers": {"plan": 1}}, "answer_missing", "plan"),
            ({"email": "mia@example.com", "answers": "x"}, "answer_missing", "plan"),
            ({"email": "mia@example.com", "answers": {"plan": "Pro"}, "department": "0"}, "bad_answer", "department"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named_and_nothing_is_made(
        self, fields: dict[str, Any], code: str, field: str, visitor: Visitor, widget: Widget, brand: Brand
    ) -> None:
        Widget.objects.update(ask_email=Asked.REQUIRED)
        widget.departments.add(factories.team("Sales", brand))
        WidgetQuestion.objects.create(
            widget=widget, key="plan", label="Plan", kind=QuestionKind.CHOICE, options=["Free", "Pro"], required=True
        )
        assert refusal(visitor.start(**fields)) == (422, code, field)
        assert not Ticket.objects.exists()
        assert not Customer.objects.exists()

    def test_a_second_tab_is_not_asked_again(self, visitor: Visitor, widget: Widget) -> None:
        Widget.objects.update(ask_email=Asked.REQUIRED)
        assert visitor.start(email="mia@example.com").status_code == 201
        assert visitor.start("More", id="start-0002").status_code == 201
        assert ChatSession.objects.count() == 1


class TestTerms:
    @pytest.fixture(autouse=True)
    def _terms(self, widget: Widget) -> None:
        Widget.objects.update(terms_text=TERMS, terms_url="https://shop.example.com/terms")

    def test_without_the_tick_nothing_begins(self, visitor: Visitor) -> None:
        assert refusal(visitor.start()) == (422, "terms_needed", "terms")
        assert refusal(visitor.start(terms="another version")) == (422, "terms_changed", "terms")
        assert not Ticket.objects.exists()

    def test_the_tick_is_kept_with_the_words_that_were_shown(self, visitor: Visitor) -> None:
        shown = config()["terms"]
        visitor.start(terms=shown["version"], page={"url": "https://shop.example.com/cart"})
        consent = Consent.objects.get()
        assert consent.customer == Ticket.objects.get().customer
        assert consent.text == f"{TERMS} https://shop.example.com/terms"
        assert consent.proof["page"] == "https://shop.example.com/cart"
        assert visitor.token not in str(consent.__dict__)

    def test_the_consent_follows_to_the_customer_who_says_who_they_are(self, visitor: Visitor, mia: Customer) -> None:
        visitor.start(terms=config()["terms"]["version"], email="mia@example.com")
        assert Consent.objects.get().customer == mia

    def test_new_words_are_new_terms(self, widget: Widget) -> None:
        first = terms_mark(Widget.objects.get())
        Widget.objects.update(terms_text=TERMS + " And sell it.")
        assert terms_mark(Widget.objects.get()) != first

    @pytest.mark.parametrize("changed", [{"terms_text": TERMS + " And sell it."}, {"terms_url": "https://x.example/"}])
    def test_words_changed_without_a_new_version_must_be_agreed_to_anew(
        self, visitor: Visitor, changed: dict[str, str]
    ) -> None:
        Widget.objects.update(terms_version="v" * 64)
        shown = config()["terms"]["version"]
        Widget.objects.update(**changed)
        assert refusal(visitor.start(terms=shown)) == (422, "terms_changed", "terms")
        assert visitor.start(terms=config()["terms"]["version"]).status_code == 201


@pytest.mark.usefixtures("widget")
class TestLeaving:
    def leave(self, visitor: Visitor, text: str = "Call me", *, id: str = "leave-0001", **fields: Any) -> Any:
        return visitor.post("leave", {"id": id, "text": text} | fields)

    def test_the_form_becomes_a_ticket_that_is_answered_by_email(
        self, visitor: Visitor, mailbox: Mailbox, ana: Agent
    ) -> None:
        answer = self.leave(visitor, email="Mia@Example.com", name="Mia")
        assert (answer.status_code, answer.json()) == (201, {"left": True, "email": "Mia@Example.com"})
        ticket = Ticket.objects.get()
        assert (ticket.channel, ticket.subject, ticket.customer.name) == ("email", "Call me", "Mia")
        assert Identity.objects.get(value="mia@example.com").proof == Proof.CLAIMED
        reply = post_reply(ana, ticket.pk, NewMessage("We will"))
        assert reply.outbound_email.to == "Mia@Example.com"

    def test_sending_it_again_makes_no_second_ticket(self, visitor: Visitor, mailbox: Mailbox) -> None:
        for _ in range(3):
            assert self.leave(visitor, email="mia@example.com").status_code == 201
        assert (Ticket.objects.count(), LeftMessage.objects.count()) == (1, 1)
        assert self.leave(Visitor(), email="mia@example.com").status_code == 201
        assert Ticket.objects.count() == 2

    def test_an_address_is_needed(self, visitor: Visitor, mailbox: Mailbox) -> None:
        Widget.objects.update(ask_email=Asked.OFF)
        assert refusal(self.leave(visitor)) == (422, "answer_missing", "email")

    def test_a_brand_that_cannot_write_says_so(self, visitor: Visitor) -> None:
        assert config()["leave"] is False
        assert refusal(self.leave(visitor, email="mia@example.com"))[:2] == (422, "no_mailbox")
        assert not Ticket.objects.exists()

    def test_it_opens_nothing_of_the_customer_whose_address_was_typed(
        self, visitor: Visitor, mailbox: Mailbox, mia: Customer, brand: Brand
    ) -> None:
        factories.ticket(mia, brand, subject="Secret matter")
        answer = self.leave(visitor, email="mia@example.com")
        assert "Secret" not in answer.content.decode()
        assert visitor.get("history", {}).json() == {"chats": []}


class TestKeeping:
    def test_the_place_stays_and_answers_come_by_email(self, visitor: Visitor, mailbox: Mailbox) -> None:
        visitor.start()
        standing = visitor.post("keep", {"session": visitor.session, "email": "mia@example.com"}).json()
        assert (standing["by_email"], standing["state"], standing["queue"]["position"]) == (True, "waiting", 1)

    def test_not_into_nowhere(self, visitor: Visitor) -> None:
        visitor.start()
        keep = {"session": visitor.session, "email": "mia@example.com"}
        assert refusal(visitor.post("keep", keep))[:2] == (422, "no_mailbox")
        assert refusal(visitor.post("keep", keep | {"email": "mia"}))[1] == "bad_email"
        assert refusal(Visitor().post("keep", keep))[:2] == (404, "not_found")
        assert not ChatSession.objects.get().reply_by_email
