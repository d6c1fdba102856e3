from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from agents.models import Brand
from crm.models import Customer
from tests import factories
from tests.api.conftest import Api
from tickets.models import Ticket


def test_customers_are_found_by_a_part_of_name_or_address(
    api: Api, ticket: Ticket, foreign_ticket: Ticket, mia: Customer
) -> None:
    for words in ("chen", "MIA@", "ample.com", ""):
        query = {"q": words} if words else {}
        status, body = api.get("customers/", **query)
        assert (status, [row["id"] for row in body["results"]]) == (200, [mia.public_id])
    assert api.get("customers/", q="noah")[1]["results"] == []
    assert api.get("customers/", q="100%")[1]["results"] == []


def test_a_list_of_customers_costs_the_same_few_queries(
    api: Api, brand: Brand, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        factories.ticket(factories.customer(f"C {number}", email=f"c{number}@example.com"), brand, channel="pigeon")
    with django_assert_num_queries(4):  # token, brands, customers, identities
        _status, body = api.get("customers/", q="example")
    assert len(body["results"]) == 8


def test_name_and_about_can_be_changed(api: Api, ticket: Ticket, mia: Customer) -> None:
    status, body = api.patch(f"customers/{mia.public_id}/", name="Mia Chen-Li", about="Call after six.")
    assert (status, body["name"], body["about"]) == (200, "Mia Chen-Li", "Call after six.")
    assert api.get(f"customers/{mia.public_id}/")[1] == body


@pytest.mark.parametrize(
    "changes", [{"name": "x" * 201}, {"about": "x" * 10_001}, {"about": "\x00"}, {"name": 1e400}, {"language": "en"}]
)
def test_a_bad_change_is_refused(api: Api, ticket: Ticket, mia: Customer, changes: dict[str, object]) -> None:
    assert api.patch(f"customers/{mia.public_id}/", **changes)[0] == 400
    mia.refresh_from_db()
    assert (mia.name, mia.about) == ("Mia Chen", "")


def test_a_customer_of_another_brand_does_not_exist(api: Api, foreign_ticket: Ticket) -> None:
    path = f"customers/{foreign_ticket.customer.public_id}/"
    assert [api.get(path)[0], api.get(path + "tickets/")[0], api.patch(path, name="Mine")[0]] == [404, 404, 404]


def test_a_customers_tickets_show_only_the_brands_that_one_may_see(
    api: Api, ticket: Ticket, other_brand: Brand, mia: Customer
) -> None:
    factories.ticket(mia, other_brand, channel="pigeon", subject="Elsewhere")
    _status, body = api.get(f"customers/{mia.public_id}/tickets/")
    assert [row["id"] for row in body["results"]] == [ticket.pk]
