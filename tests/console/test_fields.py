"""Changing a ticket in place, one and many; availability; customers."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Agent, AwayReason, Brand
from crm.models import Customer
from tests import factories
from tickets.models import Ticket

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("status", "on_hold", "on_hold"),
        ("priority", "4", 4),
        ("type", "complaint", "complaint"),
        ("subject", " New  subject ", "New subject"),
        ("tags", "VIP, zip ,vip,", ["vip", "zip"]),
    ],
)
def test_a_field_is_changed_and_the_header_comes_back(
    field: str, value: str, shown: object, ticket: Ticket, as_ana: Client
) -> None:
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/change/{field}/", {"value": value}, headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Trigger"].split(", ")[0] == "conversation:changed"
    assert 'id="ticket-header"' in answer.content.decode()
    ticket.refresh_from_db()
    assert getattr(ticket, field) == shown


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("status", "<b>", 422),
        ("status", "", 422),
        ("priority", "9", 422),
        ("priority", "x", 422),
        ("type", "nothing", 422),
        ("subject", " ", 422),
        ("tags", ",".join(f"tag{number}" for number in range(30)), 422),
        ("snooze", "yesterday", 422),
        ("assignee", "999999", 404),
        ("assignee", "9" * 40, 404),
        ("assignee", "x", 404),
        ("team", "999999", 404),
        ("public_id", "x", 404),
        ("last_seq", "99", 404),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    field: str, value: str, status: int, ticket: Ticket, as_ana: Client
) -> None:
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/change/{field}/", {"value": value}, headers=HTMX)
    assert answer.status_code == status
    assert "data-error" in answer.content.decode()
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before


def test_a_ticket_goes_to_a_colleague_to_oneself_and_to_nobody(
    ticket: Ticket, as_ana: Client, ana: Agent, leo: Agent
) -> None:
    for value, assignee in ((str(leo.pk), leo.pk), ("me", ana.pk), ("", None)):
        as_ana.post(f"/console/tickets/{ticket.pk}/change/assignee/", {"value": value})
        ticket.refresh_from_db()
        assert ticket.assignee_id == assignee


def test_agents_and_teams_of_another_brand_are_neither_offered_nor_accepted(
    ticket: Ticket, as_ana: Client, otto: Agent, other_brand: Brand
) -> None:
    team = factories.team("Rival returns", other_brand)
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "Otto" not in body
    assert "Rival returns" not in body
    for field, pk in (("assignee", otto.pk), ("team", team.pk)):
        assert as_ana.post(f"/console/tickets/{ticket.pk}/change/{field}/", {"value": pk}).status_code == 404


@pytest.mark.parametrize("preset", ["hours3", "tomorrow", "monday", "week"])
def test_a_snoozed_ticket_comes_back_when_called(preset: str, ticket: Ticket, as_ana: Client) -> None:
    as_ana.post(f"/console/tickets/{ticket.pk}/change/snooze/", {"value": preset})
    ticket.refresh_from_db()
    assert ticket.snoozed_until is not None
    as_ana.post(f"/console/tickets/{ticket.pk}/change/snooze/", {"value": "wake"})
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


def test_many_are_changed_at_once_and_foreign_ones_are_left_alone(
    ticket: Ticket, as_ana: Client, ana: Agent, brand: Brand, other_brand: Brand, mia: Customer
) -> None:
    second, foreign = factories.ticket(mia, brand), factories.ticket(mia, other_brand)
    chosen = {"ticket": [ticket.pk, second.pk, foreign.pk, "x", ""], "change": "assignee:me"}
    answer = as_ana.post("/console/bulk/?view=open", chosen, headers=HTMX)
    body = answer.content.decode()
    assert "2 conversations were changed." in body
    assert "3 could not be changed" in body
    assert set(Ticket.objects.filter(assignee=ana).values_list("pk", flat=True)) == {ticket.pk, second.pk}


@pytest.mark.parametrize("change", ["", "subject:x", "customer:1", ":", "assignee"])
def test_a_bulk_change_of_nothing_is_refused(change: str, ticket: Ticket, as_ana: Client) -> None:
    fields = {"change": change, "ticket": [] if change == "assignee" else [ticket.pk]}
    assert as_ana.post("/console/bulk/?view=open", fields, headers=HTMX).status_code == 422


@pytest.mark.parametrize(
    ("choice", "state", "reason"),
    [("online", "online", ""), ("away:lunch", "away", "Lunch"), ("away:<b>", "away", ""), ("offline", "offline", "")],
)
def test_agents_set_their_own_availability(choice: str, state: str, reason: str, as_ana: Client, ana: Agent) -> None:
    AwayReason.objects.get_or_create(name="Lunch")
    as_ana.post("/console/availability/", {"state": choice})
    ana.refresh_from_db()
    assert (ana.availability, ana.away_reason) == (state, reason)


def test_an_unknown_availability_is_refused(as_ana: Client) -> None:
    assert as_ana.post("/console/availability/", {"state": "<b>"}, headers=HTMX).status_code == 422


def test_changes_are_never_made_by_a_link(ticket: Ticket, as_ana: Client, ana: Agent) -> None:
    for path in ("reply/", "note/", "draft/", "read/", "change/status/"):
        assert as_ana.get(f"/console/tickets/{ticket.pk}/{path}").status_code == 405
    assert as_ana.get("/console/bulk/").status_code == 405
    as_ana.get("/console/availability/", {"state": "busy"})  # the menu as it stands
    ana.refresh_from_db()
    assert ana.availability != "busy"


def test_customers_are_found_by_name_and_address_within_ones_brands(
    ticket: Ticket, mia: Customer, as_ana: Client, as_otto: Client
) -> None:
    for search in ("", "mia", "MIA@EXAMPLE.COM"):
        assert "Mia Chen" in as_ana.get("/console/customers/", {"q": search}).content.decode()
    assert "Mia Chen" not in as_ana.get("/console/customers/", {"q": "nobody"}).content.decode()
    assert "Mia Chen" not in as_otto.get("/console/customers/").content.decode()
    assert as_otto.get(f"/console/customers/{mia.public_id}/").status_code == 404
    assert as_otto.post(f"/console/customers/{mia.public_id}/profile/", {"about": "x"}).status_code == 404


def test_a_customers_page_shows_what_the_agent_may_see_and_nothing_else(
    ticket: Ticket, mia: Customer, other_brand: Brand, as_ana: Client
) -> None:
    factories.ticket(mia, other_brand, subject="Secret matter")
    for path in (f"/console/customers/{mia.public_id}/", f"/console/tickets/{ticket.pk}/"):
        body = as_ana.get(path).content.decode()
        assert "My parcel" in body
        assert "Wrote from this address" in body
        assert "Secret matter" not in body


def test_what_every_agent_should_know_is_kept(ticket: Ticket, mia: Customer, as_ana: Client) -> None:
    address = f"/console/customers/{mia.public_id}/profile/"
    assert as_ana.post(address, {"about": "Prefers <b>calls</b>"}, headers=HTMX).status_code == 200
    mia.refresh_from_db()
    assert mia.about == "Prefers <b>calls</b>"
    assert as_ana.post(address, {"about": "x" * 20_000}, headers=HTMX).status_code == 413
