"""Two conversations become one, and two again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import Agent, Brand
from core.errors import Conflict, Invalid
from crm.models import Customer
from tests import factories
from tests.channel import NotebookChannel
from tickets.actions import (
    change_status,
    merge_tickets,
    post_customer_message,
    post_reply,
    snooze_ticket,
    survivor_of,
    unmerge_ticket,
)
from tickets.content import NewMessage
from tickets.errors import Merged
from tickets.models import Message, SlaOutcome, SlaTimer, Status, Ticket, TicketEvent
from tickets.permissions import access_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(mia: Customer, brand: Brand, notebook: NotebookChannel) -> Ticket:
    return factories.ticket(mia, brand, channel=notebook.key, subject="Parcel again", text="Hello?")


def stored(ticket: Ticket) -> dict[str, object]:
    return dict(Ticket.objects.filter(pk=ticket.pk).values().get())


def test_the_source_is_closed_points_to_the_survivor_and_no_message_moves(
    ana: Agent, ticket: Ticket, other: Ticket
) -> None:
    before = list(Message.objects.order_by("pk").values())
    merge_tickets(ana, other.pk, ticket.pk)
    other.refresh_from_db()
    assert (other.status, other.merged_into, other.waiting_since) == (Status.CLOSED, ticket, None)
    assert list(Message.objects.order_by("pk").values()) == before
    assert [line.data["what"] for line in TicketEvent.objects.filter(kind="link").order_by("pk")] == [
        "merged",
        "absorbed",
    ]


def test_who_waited_in_the_source_waits_in_the_survivor_which_is_somebodys_work_again(
    ana: Agent, ticket: Ticket, other: Ticket
) -> None:
    post_reply(ana, ticket.pk, NewMessage("Done."), status=Status.SOLVED)
    waited = other.waiting_since
    merge_tickets(ana, other.pk, ticket.pk)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == (Status.OPEN, waited)


def test_a_survivor_at_rest_stays_so_when_nobody_waited(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    post_reply(ana, other.pk, NewMessage("Yes."))
    change_status(ana, ticket.pk, Status.SOLVED)
    merge_tickets(ana, other.pk, ticket.pk)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_since) == (Status.SOLVED, None)


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED])
def test_taking_it_back_restores_the_source_exactly(status: str, ana: Agent, ticket: Ticket, other: Ticket) -> None:
    if status != Status.NEW:
        change_status(ana, other.pk, status)
    before, clocks = stored(other), list(SlaTimer.objects.filter(ticket=other).values())
    merge_tickets(ana, other.pk, ticket.pk)
    unmerge_ticket(ana, other.pk)
    assert stored(other) == before
    assert list(SlaTimer.objects.filter(ticket=other).values()) == clocks


def test_a_clock_that_was_cancelled_before_the_merge_does_not_run_again(
    ana: Agent, ticket: Ticket, other: Ticket
) -> None:
    change_status(ana, other.pk, Status.SOLVED)
    merge_tickets(ana, other.pk, ticket.pk)
    unmerge_ticket(ana, other.pk)
    assert set(SlaTimer.objects.filter(ticket=other).values_list("outcome", flat=True)) == {SlaOutcome.CANCELLED}


def test_after_thirty_days_it_stays(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    merge_tickets(ana, other.pk, ticket.pk)
    with pytest.raises(Invalid, match="30 days"):
        unmerge_ticket(ana, other.pk, now=timezone.now() + timedelta(days=31))
    other.refresh_from_db()
    assert other.merged_into == ticket


def test_what_is_not_merged_cannot_be_taken_back(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    with pytest.raises(Conflict):
        unmerge_ticket(ana, other.pk)
    merge_tickets(ana, other.pk, ticket.pk)
    unmerge_ticket(ana, other.pk)
    with pytest.raises(Conflict):
        unmerge_ticket(ana, other.pk)


def test_words_on_their_way_reach_the_survivor_of_the_survivor(
    ana: Agent, mia: Customer, brand: Brand, ticket: Ticket, other: Ticket
) -> None:
    last = factories.ticket(mia, brand, channel="notebook")
    merge_tickets(ana, other.pk, ticket.pk)
    merge_tickets(ana, ticket.pk, last.pk)
    said = post_customer_message(other.pk, customer=mia, channel="notebook", message=NewMessage("Still here"))
    assert (said.ticket_id, said.seq) == (last.pk, 2)
    other.refresh_from_db()
    assert survivor_of(other) == last


def test_nothing_else_is_done_to_a_merged_conversation(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    merge_tickets(ana, other.pk, ticket.pk)
    assert access_ticket(ana, other.pk, "view") == other
    for need in ("reply", "change"):
        with pytest.raises(Merged, match=f"#{other.pk} was merged into #{ticket.pk}"):
            access_ticket(ana, other.pk, need)
    with pytest.raises(Merged):
        change_status(ana, other.pk, Status.OPEN)
    with pytest.raises(Merged):
        post_reply(ana, other.pk, NewMessage("A reply that was being written"))


def test_what_cannot_be_merged_says_why(
    ana: Agent, ticket: Ticket, other: Ticket, other_brand: Brand, mia: Customer, notebook: NotebookChannel
) -> None:
    theirs = factories.ticket(mia, other_brand, channel=notebook.key)
    with pytest.raises(Invalid, match="itself"):
        merge_tickets(ana, ticket.pk, ticket.pk)
    with pytest.raises(Invalid, match="two brands"):
        merge_tickets(ana, ticket.pk, theirs.pk)
    notebook.running = "A page is being written."
    with pytest.raises(Invalid, match="page is being written"):
        merge_tickets(ana, ticket.pk, other.pk)
    notebook.running = ""
    merge_tickets(ana, other.pk, ticket.pk)
    for source, target in ((other, ticket), (ticket, other)):
        with pytest.raises(Invalid, match=f"#{other.pk} is already merged into #{ticket.pk}"):
            merge_tickets(ana, source.pk, target.pk)


def test_a_snoozed_source_does_not_come_back(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    snooze_ticket(ana, other.pk, timezone.now() + timedelta(hours=3))
    merge_tickets(ana, other.pk, ticket.pk)
    snoozed = Ticket.objects.get(pk=other.pk)
    assert snoozed.snoozed_until is None


def test_a_snooze_comes_back_with_the_ticket(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    snooze_ticket(ana, other.pk, timezone.now() + timedelta(hours=3))
    before = stored(other)
    merge_tickets(ana, other.pk, ticket.pk)
    unmerge_ticket(ana, other.pk)
    assert stored(other) == before


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_two_into_each_other_at_once_make_one(ana: Agent, ticket: Ticket, other: Ticket) -> None:
    start = threading.Barrier(2, timeout=10)

    def merge(source: int, target: int) -> str:
        start.wait()
        try:
            merge_tickets(ana, source, target)
            return "merged"
        except Invalid:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(merge, (ticket.pk, other.pk), (other.pk, ticket.pk)))
    assert sorted(ends) == ["merged", "refused"]
    assert Ticket.objects.filter(merged_into__isnull=False).count() == 1
