"""Merging from the console: choosing, seeing both, reading what was said elsewhere, taking it back."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Agent, Brand
from crm.models import Customer
from email_inbox.models import Participant
from tests import factories
from tickets.actions import merge_tickets
from tickets.models import Ticket

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(mia: Customer, brand: Brand) -> Ticket:
    return factories.ticket(mia, brand, subject="Parcel again", text="Hello? <b>Anybody</b>")


def page(client: Client, path: str, **data: str) -> str:
    return str(client.get(path, data, headers=HTMX).content.decode())


def test_the_customers_other_conversations_are_offered_and_any_is_found(
    ticket: Ticket, other: Ticket, brand: Brand, as_ana: Client
) -> None:
    leos = factories.ticket(factories.customer("Leo Park", email="leo@example.com"), brand, subject="Tent")
    path = f"/console/tickets/{ticket.pk}/merge/"
    offered = page(as_ana, path)
    assert f"#{other.pk}" in offered
    assert f"#{leos.pk}" not in offered
    assert f"#{leos.pk}" in page(as_ana, path, q="leo@")
    assert f"#{leos.pk}" in page(as_ana, path, q=f"#{leos.pk}")
    assert "Nothing found for “&lt;i&gt;”" in page(as_ana, path, q="<i>")


def test_neither_another_brands_nor_a_merged_one_nor_itself_is_found(
    ana: Agent, ticket: Ticket, other: Ticket, other_brand: Brand, mia: Customer, brand: Brand, as_ana: Client
) -> None:
    theirs = factories.ticket(mia, other_brand, subject="Parcel elsewhere")
    merged = factories.ticket(mia, brand, subject="Parcel merged")
    merge_tickets(ana, merged.pk, other.pk)
    found = page(as_ana, f"/console/tickets/{ticket.pk}/merge/", q="parcel")
    assert [f"#{one.pk} " in found for one in (ticket, other, theirs, merged)] == [False, True, False, False]
    assert as_ana.get(f"/console/tickets/{ticket.pk}/merge/?into={theirs.pk}", headers=HTMX).status_code == 404


def test_both_are_shown_before_and_then_one_goes_on(ticket: Ticket, other: Ticket, as_ana: Client) -> None:
    both = page(as_ana, f"/console/tickets/{other.pk}/merge/", into=str(ticket.pk))
    assert all(words in both for words in ("Closes", "Goes on", other.subject, ticket.subject))
    answer = as_ana.post(f"/console/tickets/{other.pk}/merge/", {"into": ticket.pk}, headers=HTMX)
    assert answer["HX-Redirect"] == f"/console/tickets/{ticket.pk}/"
    shown = as_ana.get(f"/console/tickets/{other.pk}/").content.decode()
    assert f"This was merged into #{ticket.pk}" in shown
    assert 'id="composer"' not in shown
    assert "Read its 1 message" in as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    read = page(as_ana, f"/console/tickets/{ticket.pk}/absorbed/{other.pk}/")
    assert "Hello? &lt;b&gt;Anybody&lt;/b&gt;" in read


def test_a_reply_that_was_being_written_says_where_to_go_on(
    ana: Agent, ticket: Ticket, other: Ticket, as_ana: Client
) -> None:
    merge_tickets(ana, other.pk, ticket.pk)
    answer = as_ana.post(f"/console/tickets/{other.pk}/reply/", {"text": "Hi", "client_id": "x"}, headers=HTMX)
    assert answer.status_code == 409
    assert f"#{other.pk} was merged into #{ticket.pk}" in answer.content.decode()


def test_the_other_customer_gets_copies_only_when_asked(ticket: Ticket, brand: Brand, as_ana: Client) -> None:
    leos = factories.ticket(factories.customer("Leo Park", email="leo@example.com"), brand, subject="Tent")
    both = page(as_ana, f"/console/tickets/{leos.pk}/merge/", into=str(ticket.pk))
    assert "These are two customers" in both
    assert "leo@example.com" in both
    as_ana.post(f"/console/tickets/{leos.pk}/merge/", {"into": ticket.pk, "copy": "1"})
    assert list(Participant.objects.values_list("ticket", "address")) == [(ticket.pk, "leo@example.com")]


def test_taking_it_back_leads_to_the_conversation(ana: Agent, ticket: Ticket, other: Ticket, as_ana: Client) -> None:
    merge_tickets(ana, other.pk, ticket.pk)
    assert as_ana.post(f"/console/tickets/{other.pk}/unmerge/")["Location"] == f"/console/tickets/{other.pk}/"
    assert 'id="composer"' in as_ana.get(f"/console/tickets/{other.pk}/").content.decode()


@pytest.mark.parametrize("into", ["", "x", "0", "9" * 30])
def test_nothing_chosen_is_said(into: str, ticket: Ticket, as_ana: Client) -> None:
    assert as_ana.post(f"/console/tickets/{ticket.pk}/merge/", {"into": into}, headers=HTMX).status_code == 422
