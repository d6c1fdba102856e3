from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from agents.models import Agent, Brand
from core.errors import Invalid
from crm.models import Customer
from tests import factories
from tickets.actions import (
    assign_ticket,
    change_priority,
    change_subject,
    change_type,
    move_customer_tickets,
    move_to_team,
    set_tags,
    snooze_ticket,
    wake_snoozed_tickets,
)
from tickets.models import EventKind, Priority, Ticket, TicketEvent, TicketType

pytestmark = pytest.mark.django_db


def test_each_change_is_one_line_with_before_after_and_who(ana: Agent, ticket: Ticket) -> None:
    change_priority(ana, ticket.pk, Priority.URGENT)
    change_priority(ana, ticket.pk, Priority.URGENT)
    line = ticket.history.get(kind=EventKind.PRIORITY)
    assert (line.agent, line.data) == (ana, {"from": Priority.NORMAL, "to": Priority.URGENT})


def test_assigning_to_an_agent_of_another_brand_or_who_left_is_refused(ana: Agent, otto: Agent, ticket: Ticket) -> None:
    with pytest.raises(Invalid, match="Otto"):
        assign_ticket(ana, ticket.pk, otto)
    ana.is_active = False
    ana.save()
    with pytest.raises(Invalid, match="Ana"):
        assign_ticket(None, ticket.pk, ana)


def test_a_ticket_can_be_given_and_given_back(ana: Agent, leo: Agent, ticket: Ticket) -> None:
    assign_ticket(leo, ticket.pk, ana)
    assert assign_ticket(leo, ticket.pk, None).assignee is None
    assert ticket.history.filter(kind=EventKind.ASSIGNEE).count() == 2


def test_a_team_of_another_brand_is_refused(ana: Agent, ticket: Ticket, other_brand: Brand) -> None:
    with pytest.raises(Invalid, match="another brand"):
        move_to_team(ana, ticket.pk, factories.team("Sales", other_brand))
    team = factories.team("Returns", ticket.brand)
    assert move_to_team(ana, ticket.pk, team).team == team


def test_tags_are_trimmed_lower_case_unique_and_sorted(ana: Agent, ticket: Ticket) -> None:
    assert set_tags(ana, ticket.pk, ["VIP", " vip ", "late", ""]).tags == ["late", "vip"]
    with pytest.raises(Invalid, match="at most 20"):
        set_tags(ana, ticket.pk, [f"t{number}" for number in range(21)])


def test_unknown_values_are_refused_in_words(ana: Agent, ticket: Ticket) -> None:
    with pytest.raises(Invalid):
        change_priority(ana, ticket.pk, 99)
    with pytest.raises(Invalid):
        change_type(ana, ticket.pk, "riddle")
    with pytest.raises(Invalid):
        change_subject(ana, ticket.pk, " \n ")
    assert change_type(ana, ticket.pk, TicketType.COMPLAINT).type == TicketType.COMPLAINT


def test_a_snoozed_ticket_comes_back_when_its_time_has_come(ana: Agent, ticket: Ticket) -> None:
    now = timezone.now()
    with pytest.raises(Invalid, match="future"):
        snooze_ticket(ana, ticket.pk, now - timedelta(seconds=1))
    snooze_ticket(ana, ticket.pk, now + timedelta(hours=1))
    assert wake_snoozed_tickets(now) == 0
    assert wake_snoozed_tickets(now + timedelta(hours=1)) == 1
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


def test_tickets_and_messages_move_to_the_surviving_customer(mia: Customer, ticket: Ticket) -> None:
    survivor = factories.customer("Mia C.", email="mia.chen@example.com")
    move_customer_tickets(mia, survivor)
    ticket.refresh_from_db()
    assert ticket.customer == survivor
    assert ticket.messages.get().customer == survivor


def test_the_history_cannot_be_changed_or_deleted(ticket: Ticket) -> None:
    line = ticket.history.get()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        TicketEvent.objects.filter(pk=line.pk).update(kind=EventKind.STATUS)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        line.delete()


def test_erasing_may_delete_history_when_it_says_so(ticket: Ticket) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL contactcentre.erasing = 'on'")
        ticket.history.all().delete()
    assert not TicketEvent.objects.exists()
