"""Durable work: rows that must be acted upon, claimed as leases by any number of workers.

The row is written in the business transaction (a transactional outbox). `wake` asks a worker to look at once;
a periodic tick looks anyway, so a lost wake-up costs seconds, never the work. A claim is a lease: a worker
that dies leaves a row whose lease runs out and which is claimed again. Work must therefore be idempotent.
"""

from __future__ import annotations

import logging
import random
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from celery import current_app
from django.db import models, transaction
from django.db.models import F, Q, QuerySet

logger = logging.getLogger(__name__)


class Work(models.Model):
    """A unit of durable work. Open while `finished_at` is null; due when `due_at` has passed and no lease holds."""

    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        abstract = True


def due_index(name: str) -> models.Index:
    """The partial index that keeps a tick cheap however many finished rows there are."""
    return models.Index(fields=["due_at"], condition=Q(finished_at__isnull=True), name=name)


W = TypeVar("W", bound=Work)


def claim(work: QuerySet[W], *, limit: int, lease: timedelta, now: datetime) -> list[W]:
    """Lease up to `limit` due rows of `work`, oldest first, and return them with their new lease.

    Safe under any number of claimers (FOR UPDATE SKIP LOCKED). Commits before it returns, so call it
    outside a transaction when the work itself takes long.
    """
    with transaction.atomic():
        due = (
            work.filter(finished_at__isnull=True, due_at__lte=now)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
            .order_by("due_at")
            .select_for_update(skip_locked=True, of=("self",))[:limit]
        )
        claimed = list(due)
        token = uuid.uuid4()
        work.model._default_manager.filter(pk__in=[row.pk for row in claimed]).update(
            lease_until=now + lease, lease_token=token, attempts=F("attempts") + 1
        )
    for row in claimed:
        row.lease_until, row.lease_token, row.attempts = (
            now + lease,
            token,
            row.attempts + 1,
        )
    return claimed


def finish(row: Work, *, now: datetime, **changes: Any) -> bool:
    """Close `row`, writing `changes` with it. False when the lease was lost: somebody else owns the outcome."""
    return _release(row, finished_at=now, **changes)


def postpone(row: Work, *, until: datetime, error: str, **changes: Any) -> bool:
    """Give the lease back and try again at `until`. False when the lease was lost."""
    return _release(row, due_at=until, last_error=error, **changes)


def _release(row: Work, **changes: Any) -> bool:
    changes |= {"lease_until": None, "lease_token": None}
    held = type(row)._default_manager.filter(pk=row.pk, lease_token=row.lease_token, finished_at__isnull=True)
    if not held.update(**changes):
        logger.warning("lease on %s %s was lost before it finished", type(row).__name__, row.pk)
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def backoff(attempts: int, *, first: float = 10.0, most: float = 3600.0) -> timedelta:
    """Exponential back-off with full jitter on its upper half, in [delay/2, delay]; `first` and `most` in seconds."""
    delay = min(most, first * 2.0 ** min(attempts - 1, 30))
    return timedelta(seconds=delay / 2 + random.uniform(0, delay / 2))


def wake(task: str) -> None:
    """After commit, ask a worker to run the named task now. A broker that is away costs nothing: the tick follows."""
    transaction.on_commit(lambda: _send(task))


def _send(task: str) -> None:
    try:
        current_app.send_task(task, ignore_result=True, retry=False)
    except Exception:
        logger.warning("no broker for %s; the next tick will do it", task, exc_info=True)
