"""Fields of tickets: which are asked, what they take, what solving needs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agents.models import Agent, Brand
from core.errors import Invalid, NotFound
from crm.models import Customer
from tickets.actions import change_status, change_type, post_reply, set_values
from tickets.content import NewMessage
from tickets.fields import Field, as_shown, fields_of, parse, parse_lines, shown, total_of
from tickets.models import FieldKind, Status, Ticket, TicketField, TicketType

pytestmark = pytest.mark.django_db


def field(kind: str, **more: Any) -> Field:
    return Field("it", "It", kind, **more)


def test_a_complaint_is_asked_for_nature_severity_cause_and_cost(ana: Agent, ticket: Ticket) -> None:
    assert fields_of(ticket) == []
    ticket = change_type(ana, ticket.pk, TicketType.COMPLAINT)
    assert [one.key for one in fields_of(ticket)] == [
        *("complaint_nature", "complaint_severity", "complaint_cause", "complaint_cost"),
    ]
    assert [one.key for one in fields_of(change_type(ana, ticket.pk, TicketType.ORDER))] == ["order_lines"]


def test_own_fields_follow_by_brand_and_type_and_take_the_place_of_built_in_ones(
    ana: Agent, ticket: Ticket, brand: Brand, other_brand: Brand
) -> None:
    TicketField.objects.create(key="bike", label="Bike", brand=brand, position=2)
    TicketField.objects.create(key="all", label="All brands", position=1)
    TicketField.objects.create(key="theirs", label="Theirs", brand=other_brand)
    TicketField.objects.create(key="old", label="Old", is_active=False)
    TicketField.objects.create(key="praised", label="Praised", types=["praise"])
    TicketField.objects.create(key="bike", label="Bike of everybody", position=0)
    own = {"key": "complaint_nature", "kind": "choice", "choices": ["frame", "delivery"], "types": ["complaint"]}
    TicketField.objects.create(**own, label="What is broken", brand=brand, is_required=True)
    assert [str(one.label) for one in fields_of(ticket)] == ["All brands", "Bike"]
    ticket = change_type(ana, ticket.pk, TicketType.COMPLAINT)
    first = fields_of(ticket)[0]
    assert (first.label, first.is_required) == ("What is broken", True)
    assert [(value, str(words)) for value, words in first.choices] == [("frame", "frame"), ("delivery", "Delivery")]


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("text", "  two\nlines ", "two\nlines"),
        ("text", " ", None),
        ("number", "12,50", "12.5"),
        ("number", "1 200", "1200"),
        ("number", "-3", "-3"),
        ("date", "2026-02-28", "2026-02-28"),
        ("choice", "a", "a"),
        ("money", "12,5 EUR", {"amount": "12.50", "currency": "EUR"}),
        ("money", "", None),
    ],
)
def test_what_people_type_is_understood(kind: str, typed: str, stored: object) -> None:
    assert parse(field(kind, choices=(("a", "A"),)), typed) == stored


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        *(("number", bad) for bad in ("x", "1e99", "NaN", "Infinity", "1.2.3", "9" * 60)),
        *(("date", bad) for bad in ("28.2.2026", "2026-02-30", "tomorrow")),
        *(("money", bad) for bad in ("twelve", "1e13")),
        ("choice", "<b>"),
        ("customer", "nobody"),
        ("text", "x" * 2_001),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_the_field(kind: str, typed: str) -> None:
    with pytest.raises(Invalid, match=r"^It: "):
        parse(field(kind, choices=(("a", "A"),)), typed)


def test_order_lines_are_summed_in_cents() -> None:
    lines = field(FieldKind.LINES)
    stored = parse_lines(lines, [("Tent pole", "3", "12,35"), ("", "", ""), ("Repair", "", "0.1")])
    assert stored == [
        {"what": "Tent pole", "quantity": "3", "price": "12.35"},
        {"what": "Repair", "quantity": "1", "price": "0.10"},
    ]
    assert str(total_of(stored)) == "37.15"
    assert as_shown(lines, stored) == "37.15 EUR"
    assert parse_lines(lines, [("", " ", "")]) is None


@pytest.mark.parametrize("row", [("", "1", "5"), ("Pole", "0", "5"), ("Pole", "-1", "5"), ("Pole", "x", "5")])
def test_an_order_line_without_sense_is_refused(row: tuple[str, str, str]) -> None:
    with pytest.raises(Invalid):
        parse_lines(field(FieldKind.LINES), [row])


def test_a_field_shows_only_under_its_condition_and_what_hangs_on_it_with_it() -> None:
    fields = [
        Field("a", "A", "text"),
        Field("c", "C", "text", shown_if="b", shown_for=("y",)),
        Field("b", "B", "text", shown_if="a", shown_for=("x",)),
        Field("lost", "Lost", "text", shown_if="nowhere", shown_for=("x",)),
    ]
    assert [one.key for one in shown(fields, {"a": "x", "b": "y"})] == ["a", "c", "b"]
    assert [one.key for one in shown(fields, {"a": "-", "b": "y"})] == ["a"]


def test_what_is_required_keeps_a_ticket_from_being_solved_by_an_agent(ana: Agent, ticket: Ticket) -> None:
    TicketField.objects.create(key="serial", label="Serial number", is_required=True)
    hidden = {"shown_if": "serial", "shown_for": ["never"]}
    TicketField.objects.create(key="hidden", label="Hidden", is_required=True, **hidden)
    with pytest.raises(Invalid, match="fill in: Serial number"):
        change_status(ana, ticket.pk, Status.SOLVED)
    with pytest.raises(Invalid, match="Serial number"):
        post_reply(ana, ticket.pk, NewMessage("Done."), status=Status.SOLVED)
    assert ticket.messages.count() == 1
    set_values(ana, ticket.pk, {"serial": "A1"})
    assert change_status(ana, ticket.pk, Status.SOLVED).status == Status.SOLVED


def test_nobody_but_agents_is_kept_from_it(ticket: Ticket) -> None:
    TicketField.objects.create(key="serial", label="Serial number", is_required=True)
    assert change_status(None, ticket.pk, Status.SOLVED).status == Status.SOLVED


def test_each_change_stands_in_the_history_in_words(ana: Agent, ticket: Ticket) -> None:
    TicketField.objects.create(key="paid", label="Paid", kind="money")
    for value in ({"amount": "5.00", "currency": "EUR"}, {"amount": "5.00", "currency": "EUR"}, None):
        set_values(ana, ticket.pk, {"paid": value})
    lines = ticket.history.filter(kind="field").order_by("pk")
    assert [(line.data["label"], line.data["from"], line.data["to"]) for line in lines] == [
        ("Paid", "", "5.00 EUR"),
        ("Paid", "5.00 EUR", ""),
    ]
    ticket.refresh_from_db()
    assert ticket.values == {}


def test_a_field_that_the_ticket_does_not_have_changes_nothing(ana: Agent, ticket: Ticket) -> None:
    with pytest.raises(NotFound):
        set_values(ana, ticket.pk, {"complaint_nature": "delivery"})


def test_a_customer_is_named(ticket: Ticket, mia: Customer) -> None:
    assert parse(field(FieldKind.CUSTOMER), mia.public_id) == mia.public_id
    assert as_shown(field(FieldKind.CUSTOMER), mia.public_id) == str(mia)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "choice"},
        {"key": "Bad Key"},
        {"shown_if": "it"},
        {"shown_if": "other"},
        {"kind": "money", "currency": "euro"},
    ],
)
def test_a_field_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TicketField(**({"key": "it", "label": "It"} | wrong)).full_clean()


def test_one_key_once_even_for_all_brands() -> None:
    TicketField.objects.create(key="it", label="It")
    with pytest.raises(IntegrityError), transaction.atomic():
        TicketField.objects.create(key="it", label="It again")
