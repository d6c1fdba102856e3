from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agents.models import Agent, Brand
from crm.models import Customer
from tests import factories
from tests.api.conftest import Api
from tickets.actions import assign_ticket, change_status, set_tags
from tickets.models import EventKind, Ticket, TicketEvent


def test_an_agent_lists_the_tickets_of_their_brands_only(api: Api, ticket: Ticket, foreign_ticket: Ticket) -> None:
    status, body = api.get("tickets/")
    assert status == 200
    assert [row["id"] for row in body["results"]] == [ticket.pk]
    assert body["results"][0]["customer"]["name"] == "Mia Chen"
    assert body["results"][0]["priority"] == "normal"
    assert body["next"] is None


def test_a_list_of_tickets_costs_the_same_few_queries_however_long_it_is(
    api: Api, mia: Customer, brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        factories.ticket(mia, brand, subject=f"Parcel {number}", channel="pigeon")
    with django_assert_num_queries(3):  # token with agent, brands, tickets with their relations
        _status, body = api.get("tickets/")
    assert len(body["results"]) == 12


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "solved"}, ["solved"]),
        ({"status": ["solved", "new"]}, ["tagged", "solved", "plain"]),
        ({"assignee": "me"}, ["mine"]),
        ({"assignee": "none"}, ["tagged", "solved", "plain"]),
        ({"tag": "VIP"}, ["tagged"]),
        ({"team": "none"}, ["tagged", "solved", "mine", "plain"]),
        ({"channel": "email"}, []),
    ],
)
def test_filters_narrow_the_list(
    api: Api, ana: Agent, mia: Customer, brand: Brand, query: dict[str, object], expected: list[str]
) -> None:
    made = {
        name: factories.ticket(mia, brand, subject=name, channel="pigeon")
        for name in ("plain", "mine", "solved", "tagged")
    }
    assign_ticket(ana, made["mine"].pk, ana)
    change_status(ana, made["mine"].pk, "open")
    change_status(ana, made["solved"].pk, "solved")
    set_tags(ana, made["tagged"].pk, ["vip"])
    _status, body = api.get("tickets/", **query)
    assert [row["subject"] for row in body["results"]] == expected


def test_filters_by_customer_team_and_brand(api: Api, ticket: Ticket, brand: Brand, mia: Customer) -> None:
    team = factories.team("Parcels", brand)
    ticket.team = team
    ticket.save(update_fields=["team"])
    for query in ({"customer": mia.public_id}, {"team": team.pk}, {"brand": brand.pk}):
        assert [row["id"] for row in api.get("tickets/", **query)[1]["results"]] == [ticket.pk]
    assert api.get("tickets/", brand=brand.pk + 1000)[1]["results"] == []


def test_following_the_cursor_shows_every_ticket_once_even_when_moments_are_equal(
    api: Api, mia: Customer, brand: Brand
) -> None:
    made = [factories.ticket(mia, brand, channel="pigeon").pk for _ in range(7)]
    Ticket.objects.update(last_activity_at=timezone.now())
    seen: list[int] = []
    path = "tickets/?limit=3"
    while path:
        status, body = api.get(path)
        assert status == 200
        seen += [row["id"] for row in body["results"]]
        path = (body["next"] or "").partition("/api/v1/")[2]
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "made-up"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "many"},
        {"status": "lost"},
        {"assignee": "ana"},
        {"team": "-1"},
        {"brand": "9" * 30},
        {"customer": "../../etc"},
        {"colour": "red"},
    ],
)
def test_a_filter_that_makes_no_sense_is_named_in_a_400(api: Api, query: dict[str, str]) -> None:
    status, body = api.get("tickets/", **query)
    assert status == 400
    assert body["error"]["code"] == "invalid"
    assert list(body["error"]["fields"]) == list(query)


@pytest.mark.parametrize("pk", ["{foreign}", "999999", "0", "-1", "abc", "9" * 40, "%F0%9F%98%80"])
def test_a_ticket_that_is_not_yours_or_is_none_is_not_found(api: Api, foreign_ticket: Ticket, pk: str) -> None:
    pk = pk.format(foreign=foreign_ticket.pk)
    for path in (f"tickets/{pk}/", f"tickets/{pk}/messages/", f"tickets/{pk}/events/"):
        status, body = api.get(path)
        assert (status, body["error"]["code"]) == (404, "not_found")
        assert "rival" not in str(body).lower()
    assert api.patch(f"tickets/{pk}/", status="solved")[0] == 404
    assert api.post(f"tickets/{pk}/messages/", kind="reply", text="hello")[0] == 404


def test_an_address_with_a_nul_is_refused_in_the_usual_shape(api: Api) -> None:
    for path in ("tickets/1%00/", "tickets/?tag=a%00b", "customers/?q=%00"):
        status, body = api.get(path)
        assert (status, body["error"]["code"]) == (400, "invalid")


def test_fields_are_changed_through_actions_that_write_the_history(
    api: Api, ana: Agent, leo: Agent, brand: Brand, ticket: Ticket
) -> None:
    team = factories.team("Parcels", brand)
    status, body = api.patch(
        f"tickets/{ticket.pk}/",
        subject="Lost parcel",
        status="pending",
        priority="urgent",
        type="complaint",
        assignee=leo.pk,
        team=team.pk,
        tags=["VIP", "vip", " parcel "],
        snoozed_until=(timezone.now() + timedelta(days=1)).isoformat(),
    )
    assert status == 200
    assert (body["subject"], body["status"]) == ("Lost parcel", "pending")
    assert (body["priority"], body["type"], body["tags"]) == ("urgent", "complaint", ["parcel", "vip"])
    assert (body["assignee"]["name"], body["team"]["name"]) == ("Leo", "Parcels")
    lines = TicketEvent.objects.filter(ticket=ticket, agent=ana).values_list("kind", flat=True)
    assert set(lines) == {
        *(EventKind.SUBJECT, EventKind.STATUS, EventKind.PRIORITY, EventKind.TYPE),
        *(EventKind.ASSIGNEE, EventKind.TEAM, EventKind.TAGS, EventKind.SNOOZE),
    }


def test_null_takes_the_assignee_and_team_away(api: Api, ana: Agent, ticket: Ticket) -> None:
    assign_ticket(ana, ticket.pk, ana)
    assert api.patch(f"tickets/{ticket.pk}/", assignee=None, team=None)[1]["assignee"] is None


def test_a_change_that_cannot_be_accepted_undoes_the_others(api: Api, otto: Agent, ticket: Ticket) -> None:
    status, body = api.patch(f"tickets/{ticket.pk}/", subject="Changed", assignee=otto.pk)
    assert status == 400
    assert "Otto" not in str(body)
    ticket.refresh_from_db()
    assert ticket.subject == "My parcel"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "gone"},
        {"priority": 4},
        {"priority": "extreme"},
        {"assignee": "ana"},
        {"assignee": 10**30},
        {"team": 424242},
        {"tags": "vip"},
        {"tags": [["vip"]]},
        {"tags": ["x"] * 21},
        {"subject": ""},
        {"subject": "x" * 301},
        {"subject": "nul \x00"},
        {"snoozed_until": "tomorrow"},
        {"last_seq": 99},
        {"id": 1},
    ],
)
def test_a_wrong_value_is_named_in_a_400_and_nothing_changes(
    api: Api, ticket: Ticket, changes: dict[str, object]
) -> None:
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    status, body = api.patch(f"tickets/{ticket.pk}/", **changes)
    assert status == 400
    assert list(body["error"]["fields"]) == list(changes)
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before


def test_a_moment_in_the_past_is_no_snooze(api: Api, ticket: Ticket) -> None:
    status, body = api.patch(f"tickets/{ticket.pk}/", snoozed_until="2001-01-01T00:00:00Z")
    assert (status, body["error"]["code"]) == (422, "invalid")


def test_a_ticket_is_opened_for_a_customer_by_their_address(api: Api, ana: Agent, mia: Customer, brand: Brand) -> None:
    status, body = api.post(
        "tickets/", email="MIA@example.com", brand=brand.pk, subject="Called us", text="About <b>a</b> parcel 🙂"
    )
    assert status == 201
    assert body["customer"]["id"] == mia.public_id
    assert body["channel"] == "email"
    messages = api.get(f"tickets/{body['id']}/messages/")[1]["results"]
    assert [m["text"] for m in messages] == ["About <b>a</b> parcel 🙂"]
    opened = TicketEvent.objects.get(ticket=body["id"], kind=EventKind.OPENED)
    assert opened.agent == ana


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("email", "no address", 422),
        ("email", "", 400),
        ("text", "   ", 422),
        ("text", "", 400),
        ("text", "x" * 1_000_000, 413),
        ("text", ["a"], 400),
        ("subject", None, 400),
        ("team", 424242, 400),
        ("brand", "Acme", 400),
        ("extra", 1, 400),
    ],
)
def test_a_new_ticket_with_bad_input_is_refused_and_leaves_nothing(
    api: Api, brand: Brand, field: str, value: object, expected: int
) -> None:
    good = {"email": "new@example.com", "brand": brand.pk, "subject": "Hello", "text": "Hello"}
    status, body = api.post("tickets/", **(good | {field: value}))
    assert status == expected, body
    assert body["error"]["message"]
    assert not Ticket.objects.exists()
    assert not Customer.objects.filter(identities__value="new@example.com").exists()


def test_nobody_opens_a_ticket_in_a_brand_that_is_not_theirs(api: Api, other_brand: Brand) -> None:
    status, body = api.post("tickets/", email="a@example.com", brand=other_brand.pk, subject="Hi", text="Hi")
    assert (status, list(body["error"]["fields"])) == (400, ["brand"])


def test_the_history_reads_oldest_first_and_in_pages(
    api: Api, ana: Agent, ticket: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for word in ("open", "pending", "solved"):
        change_status(ana, ticket.pk, word)
    with django_assert_num_queries(4):
        _status, first = api.get(f"tickets/{ticket.pk}/events/", limit=3)
    _status, second = api.get(first["next"].partition("/api/v1/")[2])
    lines = [*first["results"], *second["results"]]
    assert [(line["kind"], line["data"].get("to")) for line in lines] == [
        ("opened", None),
        ("status", "open"),
        ("status", "pending"),
        ("status", "solved"),
    ]
    assert lines[1]["agent"] == {"id": ana.pk, "name": "Ana"}
