"""Email tickets through the same routing, where the queue asks for it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from agents.models import Agent, Availability, Brand
from crm.models import Customer
from tests import factories
from tickets import routing
from tickets.actions import assign_ticket, change_status
from tickets.models import Desk, EntryState, Mode, QueueEntry, TeamRouting, Ticket
from tickets.routing.written import sweep_written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def leo(brand: Brand, now: datetime) -> Agent:
    TeamRouting.objects.create(brand=brand, mode=Mode.OFFER, route_email=True)
    return factories.agent("Leo", brands=[brand], availability=Availability.ONLINE, last_seen_at=now, chat_capacity=1)


def state(ticket: Ticket) -> str:
    return QueueEntry.objects.filter(ticket=ticket).latest("pk").state


def test_a_mail_is_offered_taken_and_frees_its_place_when_answered(
    leo: Agent, mia: Customer, brand: Brand, now: datetime
) -> None:
    tickets = [factories.ticket(mia, brand, subject=str(n)) for n in range(5)]
    assert [state(ticket) for ticket in tickets] == [EntryState.OFFERED] * 4 + [EntryState.WAITING], "a quarter each"
    routing.take(leo, tickets[0].pk, now=now)
    assign_ticket(leo, tickets[0].pk, leo)
    assert (state(tickets[0]), Desk.objects.get().load) == (EntryState.HELD, 100)
    change_status(leo, tickets[0].pk, "pending")
    assert state(tickets[0]) == EntryState.DONE
    assert state(tickets[4]) == EntryState.OFFERED


def test_given_by_hand_it_leaves_the_line(leo: Agent, mia: Customer, brand: Brand, ana: Agent) -> None:
    ticket = factories.ticket(mia, brand)
    assign_ticket(ana, ticket.pk, ana)
    assert (state(ticket), Desk.objects.get(pk=leo.pk).load) == (EntryState.LEFT, 0)


def test_given_to_nobody_it_stands_in_line_again(leo: Agent, mia: Customer, brand: Brand, now: datetime) -> None:
    ticket = factories.ticket(mia, brand)
    routing.take(leo, ticket.pk, now=now)
    assign_ticket(leo, ticket.pk, leo)
    assign_ticket(leo, ticket.pk, None)
    assert state(ticket) == EntryState.OFFERED


def test_given_at_once_it_has_its_assignee(leo: Agent, mia: Customer, brand: Brand) -> None:
    TeamRouting.objects.update(mode=Mode.AUTO)
    ticket = factories.ticket(mia, brand)
    ticket.refresh_from_db()
    assert (ticket.assignee, state(ticket)) == (leo, EntryState.HELD)


def test_the_sweep_finds_what_was_there_before_the_rule(leo: Agent, mia: Customer, brand: Brand, now: datetime) -> None:
    TeamRouting.objects.update(route_email=False)
    ticket = factories.ticket(mia, brand)
    assert not QueueEntry.objects.exists()
    TeamRouting.objects.update(route_email=True)
    assert sweep_written(now) == 1
    assert state(ticket) == EntryState.OFFERED
    assert sweep_written(now) == 0
