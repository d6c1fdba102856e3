"""Filling fields in beside the conversation."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Agent, Brand
from crm.models import Customer
from tests import factories
from tickets.actions import change_type
from tickets.models import Ticket, TicketField

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def test_a_complaint_shows_its_fields_and_a_question_none(ana: Agent, ticket: Ticket, as_ana: Client) -> None:
    page = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "Nature of the complaint" not in page
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/change/type/", {"value": "complaint"}, headers=HTMX)
    assert "fields:stale" in answer["HX-Trigger"]
    assert (
        "Nature of the complaint" in as_ana.get(f"/console/tickets/{ticket.pk}/values/", headers=HTMX).content.decode()
    )


def test_one_value_is_kept_without_drawing_the_form_anew(ana: Agent, ticket: Ticket, as_ana: Client) -> None:
    change_type(ana, ticket.pk, "complaint")
    sent = {"complaint_nature": "delivery", "complaint_cost": "12,5"}
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/values/", sent, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "conversation:changed")
    ticket.refresh_from_db()
    money = {"amount": "12.50", "currency": "EUR"}
    assert ticket.values == {"complaint_nature": "delivery", "complaint_cost": money}
    page = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "Ana set Cost to put it right to 12.50 EUR" in page


def test_what_is_refused_stays_in_its_box_and_the_rest_is_kept(ana: Agent, ticket: Ticket, as_ana: Client) -> None:
    change_type(ana, ticket.pk, "complaint")
    sent = {"complaint_nature": "delivery", "complaint_cost": "<b>much"}
    page = as_ana.post(f"/console/tickets/{ticket.pk}/values/", sent, headers=HTMX).content.decode()
    assert "Cost to put it right: “&lt;b&gt;much” is not a number." in page
    assert 'value="&lt;b&gt;much"' in page
    ticket.refresh_from_db()
    assert ticket.values == {"complaint_nature": "delivery"}


def test_order_lines_come_back_with_their_total(ana: Agent, ticket: Ticket, as_ana: Client) -> None:
    change_type(ana, ticket.pk, "order")
    sent = {
        "order_lines.what": ["Tent", "Pole"],
        "order_lines.quantity": ["1", "2"],
        "order_lines.price": ["199.90", "12,35"],
    }
    page = as_ana.post(f"/console/tickets/{ticket.pk}/values/", sent, headers=HTMX).content.decode()
    assert "224.60 EUR" in page


def test_a_customer_is_found_among_those_one_may_know(
    ticket: Ticket, brand: Brand, other_brand: Brand, mia: Customer, as_ana: Client
) -> None:
    TicketField.objects.create(key="buyer", label="Buyer", kind="customer")
    factories.ticket(factories.customer("Zed", email="zed@example.com"), other_brand)
    address = f"/console/tickets/{ticket.pk}/values/"
    assert "No customer is known" in as_ana.post(address, {"buyer": "zed@example.com"}, headers=HTMX).content.decode()
    assert as_ana.post(address, {"buyer": "MIA@example.com"}, headers=HTMX).status_code == 204
    ticket.refresh_from_db()
    assert ticket.values == {"buyer": mia.public_id}


def test_what_is_missing_is_said_when_solving(ticket: Ticket, as_ana: Client) -> None:
    TicketField.objects.create(key="serial", label="Serial number", is_required=True)
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/change/status/", {"value": "solved"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Serial number" in answer.content.decode()
