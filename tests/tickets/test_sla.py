from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import Agent, Brand
from core.work import claim
from crm.models import Customer
from tests import factories
from tests.channel import NotebookChannel
from tickets import sla
from tickets.actions import change_status, post_reply
from tickets.content import NewMessage
from tickets.models import EventKind, SlaOutcome, SlaTimer, Status, Ticket

pytestmark = pytest.mark.django_db


def test_a_new_ticket_is_due_after_the_brands_target(ticket: Ticket) -> None:
    timer = ticket.sla_timers.get()
    assert timer.due_at - ticket.created_at == timedelta(seconds=ticket.brand.first_response_seconds)


def test_a_brand_without_a_target_has_no_clock(mia: Customer, other_brand: Brand) -> None:
    other_brand.first_response_seconds = 0
    other_brand.save()
    assert not factories.ticket(mia, other_brand).sla_timers.exists()


def test_a_timer_that_comes_due_breaches_once(ticket: Ticket) -> None:
    due = ticket.sla_timers.get().due_at
    assert sla.sweep(due - timedelta(seconds=1)) == 0
    assert sla.sweep(due) == 1
    assert sla.sweep(due + timedelta(hours=1)) == 0
    assert ticket.sla_timers.get().outcome == SlaOutcome.BREACHED
    assert ticket.history.filter(kind=EventKind.SLA).count() == 1


def test_an_answer_that_comes_late_but_before_the_tick_is_a_breach(ana: Agent, ticket: Ticket) -> None:
    late = ticket.sla_timers.get().due_at + timedelta(seconds=1)
    post_reply(ana, ticket.pk, NewMessage("Sorry"), now=late)
    assert ticket.sla_timers.get().outcome == SlaOutcome.BREACHED
    assert ticket.history.filter(kind=EventKind.SLA).count() == 1


def test_solving_cancels_what_is_due(ana: Agent, ticket: Ticket) -> None:
    change_status(ana, ticket.pk, Status.SOLVED)
    assert ticket.sla_timers.get().outcome == SlaOutcome.CANCELLED


def test_a_claim_whose_worker_died_is_swept_again_after_the_lease(ticket: Ticket) -> None:
    due = ticket.sla_timers.get().due_at
    claim(SlaTimer.objects.all(), limit=10, lease=timedelta(seconds=60), now=due)
    assert sla.sweep(due + timedelta(seconds=59)) == 0
    assert sla.sweep(due + timedelta(seconds=61)) == 1


@pytest.mark.django_db(transaction=True)
def test_sweepers_side_by_side_breach_each_timer_once(mia: Customer, brand: Brand, notebook: NotebookChannel) -> None:
    for number in range(40):
        factories.ticket(mia, brand, subject=str(number), channel=notebook.key)
    later = timezone.now() + timedelta(days=1)
    start = threading.Barrier(4)

    def sweep(_: int) -> int:
        try:
            start.wait()
            return sum(sla.sweep(later, limit=5) for _ in range(10))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sweep, range(4))) == 40
    assert SlaTimer.objects.filter(outcome=SlaOutcome.BREACHED).count() == 40
    assert all(ticket.history.filter(kind=EventKind.SLA).count() == 1 for ticket in Ticket.objects.all())
