"""The list: which tickets each view holds, counts, pages, search, and who may see what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import Agent, Brand
from console.selectors.rows import PAGE_SIZE
from crm.models import Customer
from tests import factories
from tests.console.visitors import chat
from tickets.actions import assign_ticket, change_status, mark_read, move_to_team, snooze_ticket
from tickets.models import SlaTimer, Status, Ticket

MOST_QUERIES = 12


def shown(client: Client, key: str, **fields: Any) -> set[int]:
    """The tickets on the first page of a view."""
    context = client.get(f"/console/views/{key}/", fields).context
    return {row.pk for row in (context["chats"] if key == "chats" else context["page"]).rows}


def counted(client: Client, key: str) -> int | None:
    views = client.get("/console/views/mine/").context["views"]
    found: int | None = next(count for view, count in views if view.key == key)
    return found


def test_home_leads_to_my_open(as_ana: Client) -> None:
    answer = as_ana.get("/console/")
    assert answer.status_code == 302
    assert answer["Location"] == "/console/views/mine/"


def test_each_view_holds_its_tickets_and_counts_them(as_ana: Client, ana: Agent, brand: Brand, mia: Customer) -> None:
    mine, free, solved, asleep = (factories.ticket(mia, brand, subject=name) for name in "abcd")
    waiting = chat(brand).ticket
    assign_ticket(ana, mine.pk, ana)
    change_status(ana, solved.pk, Status.SOLVED)
    snooze_ticket(ana, asleep.pk, timezone.now() + timedelta(hours=1))
    everything = {mine.pk, free.pk, solved.pk, asleep.pk, waiting.pk}
    expected = {
        "mine": {mine.pk},
        "chats": {waiting.pk},
        "unassigned": {free.pk, waiting.pk},
        "open": {mine.pk, free.pk, waiting.pk},
        "snoozed": {asleep.pk},
        "solved": {solved.pk},
        "all": everything,
    }
    for key, tickets in expected.items():
        assert shown(as_ana, key) == tickets, key
        if key not in ("solved", "all"):
            assert counted(as_ana, key) == len(tickets), key


def test_at_risk_holds_what_is_unanswered_and_due_soon_or_late(as_ana: Client, brand: Brand, mia: Customer) -> None:
    soon, later = factories.ticket(mia, brand), factories.ticket(mia, brand)
    SlaTimer.objects.filter(ticket=soon).update(due_at=timezone.now() + timedelta(minutes=10))
    assert shown(as_ana, "risk") == {soon.pk}
    assert counted(as_ana, "risk") == 1
    assert later.pk not in shown(as_ana, "risk")


def test_a_team_has_a_view_for_its_members_alone(as_ana: Client, ana: Agent, brand: Brand, mia: Customer) -> None:
    own, foreign = factories.team("Returns", brand), factories.team("Sales", brand)
    ana.teams.add(own)
    ticket = factories.ticket(mia, brand)
    move_to_team(ana, ticket.pk, own)
    assert shown(as_ana, f"team-{own.pk}") == {ticket.pk}
    assert as_ana.get(f"/console/views/team-{foreign.pk}/").status_code == 404


def test_an_unknown_view_is_not_found(as_ana: Client) -> None:
    for key in ("nothing", "team-0", "team-x", "mine'"):
        assert as_ana.get(f"/console/views/{key}/").status_code == 404


def test_another_brands_tickets_are_in_no_list_count_or_search(as_otto: Client, brand: Brand, mia: Customer) -> None:
    ticket = factories.ticket(mia, brand, subject="Secret parcel")
    for key in ("mine", "chats", "unassigned", "open", "risk", "snoozed", "solved", "all"):
        assert shown(as_otto, key) == set()
    for search in ("Secret", "mia@example.com", f"#{ticket.pk}"):
        assert shown(as_otto, "all", q=search) == set()
    assert counted(as_otto, "open") == 0
    live = as_otto.get("/console/live/", {"view": "all", "rows": str(ticket.pk), "heard": str(ticket.pk)})
    assert live.status_code == 200
    assert "Secret" not in live.content.decode()
    assert 'data-news-ids=""' in live.content.decode()


@pytest.mark.parametrize("path", ["/console/", "/console/views/mine/", "/console/live/", "/console/customers/"])
def test_strangers_are_sent_to_the_log_in(path: str, client: Client, db: None) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/console/")


def test_a_fragment_asked_for_after_signing_out_leads_htmx_to_the_log_in(client: Client, db: None) -> None:
    answer = client.get(
        "/console/views/mine/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/console/tickets/7/"}
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fconsole%2Ftickets%2F7%2F"


def test_a_deactivated_agent_is_out_at_once(as_ana: Client, ana: Agent) -> None:
    Agent.objects.filter(pk=ana.pk).update(is_active=False)
    assert as_ana.get("/console/views/mine/").status_code == 302


def test_pages_follow_each_other_without_a_gap_or_a_repetition(as_ana: Client, brand: Brand, mia: Customer) -> None:
    tickets = [factories.ticket(mia, brand) for _ in range(PAGE_SIZE + 7)]
    same_moment = timezone.now()
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets[10:60]]).update(last_activity_at=same_moment)
    first = as_ana.get("/console/views/all/").context["page"]
    second = as_ana.get("/console/views/all/", {"after": first.after}).context["page"]
    found = [row.pk for row in (*first.rows, *second.rows)]
    assert len(first.rows) == PAGE_SIZE
    assert second.after == ""
    assert sorted(found) == sorted(ticket.pk for ticket in tickets)


@pytest.mark.parametrize("after", ["x", "~", "2026-01-01~1", "9999-99-99T00:00:00+00:00~1", "a" * 5000])
def test_an_unreadable_cursor_starts_from_the_top(
    after: str, as_ana: Client, ana: Agent, brand: Brand, mia: Customer
) -> None:
    ticket = factories.ticket(mia, brand)
    assert shown(as_ana, "all", after=after) == {ticket.pk}


def test_search_finds_by_number_subject_name_and_address(as_ana: Client, brand: Brand, mia: Customer) -> None:
    ticket = factories.ticket(mia, brand, subject="Broken zip")
    factories.ticket(factories.customer("Bo", email="bo@example.com"), brand, subject="Other")
    for search in (str(ticket.pk), f"#{ticket.pk}", "broken", "ROKEN Z", "mia ch", "mia@exa", "MIA@EXAMPLE"):
        assert shown(as_ana, "all", q=search) == {ticket.pk}, search


@pytest.mark.parametrize("search", ["%", "_", "'; --", "\ud800", "#99999999999999999999", "x" * 100_000, "\\"])
def test_no_search_is_an_error(search: str, as_ana: Client, brand: Brand, mia: Customer) -> None:
    factories.ticket(mia, brand)
    query = search.encode("utf-8", "surrogatepass")
    assert as_ana.get("/console/views/all/", query_params={"q": query[:50_000]}).status_code == 200


def test_a_ticket_is_unread_until_its_agent_has_looked(as_ana: Client, ana: Agent, brand: Brand, mia: Customer) -> None:
    ticket = factories.ticket(mia, brand)
    assert "is-unread" in as_ana.get("/console/views/all/").content.decode()
    mark_read(ana, Ticket.objects.get(pk=ticket.pk), 1)
    assert "is-unread" not in as_ana.get("/console/views/all/").content.decode()
    factories.says(mia, ticket, "One more thing")
    assert "is-unread" in as_ana.get("/console/views/all/").content.decode()


def test_script_in_every_field_is_shown_as_text(as_ana: Client, ana: Agent, brand: Brand) -> None:
    evil = '<script>alert("x")</script>'
    person = factories.customer(evil, email="evil@example.com")
    ticket = factories.ticket(person, brand, subject=evil, text=evil)
    ana.name = evil
    ana.save(update_fields=["name"])
    assign_ticket(ana, ticket.pk, ana)
    for path in ("/console/views/all/", f"/console/tickets/{ticket.pk}/", "/console/customers/"):
        body = as_ana.get(path).content.decode()
        assert "<script>alert" not in body
        assert "&lt;script&gt;alert" in body


def test_live_answers_with_changed_rows_news_and_counts(
    as_ana: Client, ana: Agent, brand: Brand, mia: Customer
) -> None:
    stays, leaves, fresh = (factories.ticket(mia, brand, subject=name) for name in ("Stays", "Leaves", "Fresh"))
    change_status(ana, leaves.pk, Status.SOLVED)
    answer = as_ana.get(
        "/console/live/", {"view": "open", "rows": f"{stays.pk},{leaves.pk}", "heard": str(fresh.pk)}
    ).content.decode()
    assert f'data-news-ids="{fresh.pk}"' in answer
    assert 'hx-swap-oob="true"' in answer
    assert answer.count("Moved out of this view") == 1
    assert "Fresh" not in answer


@pytest.mark.parametrize("ids", ["x", "1,2,x,,", "9" * 40, "-1", ",".join("1" * 500)])
def test_live_leaves_out_what_is_no_number(ids: str, as_ana: Client) -> None:
    assert as_ana.get("/console/live/", {"view": "open", "rows": ids, "heard": ids}).status_code == 200


@pytest.mark.parametrize("count", [3, 60])
def test_the_list_costs_the_same_however_long_it_is(
    count: int, as_ana: Client, ana: Agent, brand: Brand, django_assert_max_num_queries: Any
) -> None:
    ana.teams.add(factories.team("Returns", brand))
    for number in range(count):
        factories.ticket(factories.customer(f"C {number}", email=f"c{number}@example.com"), brand)
    with django_assert_max_num_queries(MOST_QUERIES):
        as_ana.get("/console/views/all/")


def test_a_long_and_a_short_list_cost_the_same_queries(as_ana: Client, brand: Brand, mia: Customer) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_ana.get("/console/views/all/")
        return len(queries)

    factories.ticket(mia, brand)
    few = cost()
    for _ in range(30):
        factories.ticket(mia, brand)
    assert cost() == few
