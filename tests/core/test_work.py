"""The lease-claiming base, through the timers that use it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import Brand
from core.work import backoff, claim, finish, postpone
from crm.models import Customer
from tests import factories
from tickets.models import SlaTimer

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=60)


@pytest.fixture
def timer(mia: Customer, brand: Brand) -> SlaTimer:
    return factories.ticket(mia, brand).sla_timers.get()


def test_only_what_is_due_open_and_unleased_is_claimed(timer: SlaTimer) -> None:
    due = timer.due_at
    assert claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due - timedelta(seconds=1)) == []
    (claimed,) = claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due)
    assert (claimed.attempts, claimed.lease_until) == (1, due + LEASE)
    assert claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due) == []
    assert finish(claimed, now=due)
    assert claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due + timedelta(days=1)) == []


def test_a_worker_that_comes_back_after_its_lease_cannot_decide_the_outcome(timer: SlaTimer) -> None:
    due = timer.due_at
    (slow,) = claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due)
    (quick,) = claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due + LEASE + timedelta(seconds=1))
    assert not finish(slow, now=due)
    assert not postpone(slow, until=due, error="too late")
    assert finish(quick, now=due)


def test_postponed_work_comes_back_with_its_reason(timer: SlaTimer) -> None:
    due = timer.due_at
    (claimed,) = claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due)
    later = due + timedelta(minutes=5)
    assert postpone(claimed, until=later, error="451 try later")
    assert claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=due + LEASE * 2) == []
    (again,) = claim(SlaTimer.objects.all(), limit=5, lease=LEASE, now=later)
    assert (again.attempts, again.last_error) == (2, "451 try later")


def test_the_oldest_due_work_goes_first_within_the_limit(mia: Customer, brand: Brand) -> None:
    now = timezone.now()
    for hours in (3, 1, 2):
        factories.ticket(mia, brand).sla_timers.update(due_at=now - timedelta(hours=hours))
    claimed = claim(SlaTimer.objects.all(), limit=2, lease=LEASE, now=now)
    assert [round((now - timer.due_at).total_seconds() / 3600) for timer in claimed] == [3, 2]


def test_backoff_doubles_within_its_bounds() -> None:
    for attempts, most in ((1, 10), (2, 20), (3, 40), (60, 3600)):
        assert most / 2 <= backoff(attempts).total_seconds() <= most
