"""Mail of agents who went home goes to those who are there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from agents.actions import deactivate_agent
from agents.models import Agent, Availability, Brand
from crm.models import Customer
from tests import factories
from tickets import routing
from tickets.actions import assign_ticket, change_status
from tickets.handing_back import free_tickets_of_the_departed, hand_back_written
from tickets.models import Desk, EntryState, EventKind, Mode, QueueEntry, TeamRouting, Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now() - timedelta(hours=3)
"""Past, so that the consoles of then are closed for what events decide now."""
LATE = NOW + timedelta(hours=2, seconds=1)


@pytest.fixture
def leo(brand: Brand) -> Agent:
    TeamRouting.objects.create(brand=brand, mode=Mode.OFFER, route_email=True)
    return factories.agent("Leo", brands=[brand], availability=Availability.ONLINE, last_seen_at=NOW)


@pytest.fixture
def held(leo: Agent, mia: Customer, brand: Brand) -> Ticket:
    """A mail that Leo has taken."""
    ticket = factories.ticket(mia, brand)
    routing.take(leo, ticket.pk, now=NOW)
    assign_ticket(leo, ticket.pk, leo, now=NOW)
    return ticket


def seen(agent: Agent, at: datetime) -> None:
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=at)


def test_who_went_home_gives_back_what_nobody_answered(held: Ticket, leo: Agent, ana: Agent) -> None:
    entered = QueueEntry.objects.get().entered_at
    assert hand_back_written(LATE - timedelta(seconds=2)) == 0
    assert hand_back_written(LATE) == 1
    held.refresh_from_db()
    entry = QueueEntry.objects.get()
    assert (held.assignee, entry.agent, entry.entered_at) == (None, None, entered)
    assert (entry.state, Desk.objects.get(pk=leo.pk).load) == (EntryState.WAITING, 0)
    moved = TicketEvent.objects.filter(ticket=held, kind=EventKind.ROUTING).latest("pk").data
    assert (moved["what"], moved["agent"]) == ("handed_back", "Leo")
    assert hand_back_written(LATE) == 0


def test_who_is_there_keeps_what_they_have(held: Ticket, leo: Agent) -> None:
    seen(leo, LATE - timedelta(minutes=5))
    assert hand_back_written(LATE) == 0


def test_what_was_answered_is_nobodys_concern(held: Ticket, leo: Agent) -> None:
    change_status(leo, held.pk, "pending")
    assert hand_back_written(LATE) == 0
    held.refresh_from_db()
    assert held.assignee == leo


def test_who_was_given_it_while_away_keeps_it(held: Ticket, leo: Agent, ana: Agent) -> None:
    seen(ana, NOW - timedelta(days=1))
    assign_ticket(leo, held.pk, ana, now=NOW)
    assert hand_back_written(LATE) == 0
    held.refresh_from_db()
    assert held.assignee == ana


def test_what_is_open_with_somebody_who_was_deactivated_is_nobodys(
    held: Ticket, leo: Agent, ana: Agent, mia: Customer, brand: Brand
) -> None:
    by_hand, anas, done = (factories.ticket(mia, brand) for _number in range(3))
    assign_ticket(ana, by_hand.pk, leo)
    assign_ticket(ana, done.pk, leo)
    change_status(ana, done.pk, "solved")
    assign_ticket(ana, anas.pk, ana)
    assert free_tickets_of_the_departed(NOW) == 0
    deactivate_agent(leo.pk)
    assert free_tickets_of_the_departed(NOW) == 2
    assignees = dict(Ticket.objects.values_list("pk", "assignee"))
    assert assignees == {held.pk: None, by_hand.pk: None, anas.pk: ana.pk, done.pk: leo.pk}
    assert not QueueEntry.objects.filter(agent=leo, state=EntryState.HELD).exists()
    assert free_tickets_of_the_departed(NOW) == 0
