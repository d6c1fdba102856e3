"""What Prometheus reads: the processes' own counters, and the state of the business counted at the scrape.

Several web processes share one address, so a scrape meets any of them. With a folder that all can write to
(PROMETHEUS_MULTIPROC_DIR) each answers for all.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from chat.models import ChatSession, State
from email_inbox.models import InboundEmail, InboundState, OutboundEmail
from tickets.models import ACTIVE_STATUSES, Delivery, Message, SlaTimer, Ticket

logger = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    return generate_latest(_processes()) + generate_latest(_business())


def _processes() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    return registry


def _business() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BusinessState())
    return registry


class BusinessState(Collector):
    """Gauges that are queries on partial indexes: cheap however long the history is."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """With the database away the rest of the exposition still answers; `contactcentre_database_up` says so."""
        try:
            gauges, up = list(self._gauges(timezone.now())), 1
        except DatabaseError:
            logger.warning("the state of the business could not be counted", exc_info=True)
            gauges, up = [], 0
        yield GaugeMetricFamily("contactcentre_database_up", "Whether the database answered this scrape", up)
        yield from gauges

    def _gauges(self, now: datetime) -> Iterator[GaugeMetricFamily]:
        yield from _outbox(now)
        yield _by_state(
            "contactcentre_undelivered_messages",
            "Outbound messages that are not yet, or could not be, delivered",
            "delivery",
            dict(
                Message.objects.filter(delivery__in=[Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED])
                .order_by()
                .values_list("delivery")
                .annotate(Count("pk"))
            ),
        )
        yield _by_state(
            "contactcentre_inbound_mails",
            "Received mails that wait, are held back or failed",
            "state",
            dict(
                InboundEmail.objects.filter(
                    state__in=[InboundState.RECEIVED, InboundState.QUARANTINED, InboundState.FAILED]
                )
                .order_by()
                .values_list("state")
                .annotate(Count("pk"))
            ),
        )
        yield _by_state(
            "contactcentre_open_tickets",
            "Tickets that are not solved or closed",
            "status",
            dict(
                Ticket.objects.filter(status__in=ACTIVE_STATUSES).order_by().values_list("status").annotate(Count("pk"))
            ),
        )
        yield from _chats(now)
        yield GaugeMetricFamily(
            "contactcentre_sla_timers_overdue",
            "Running SLA timers past their due moment that no sweep has taken up",
            SlaTimer.objects.filter(finished_at__isnull=True, due_at__lt=now).count(),
        )


def _outbox(now: datetime) -> Iterator[GaugeMetricFamily]:
    waiting = OutboundEmail.objects.filter(finished_at__isnull=True).order_by()
    rows = waiting.values_list("state").annotate(Count("pk"), Min("created_at"))
    counts = {state: count for state, count, _oldest in rows}
    oldest = min((oldest for _state, _count, oldest in rows), default=None)
    yield _by_state("contactcentre_outbox_mails", "Mails in the outbox that have not left", "state", counts)
    yield _age("contactcentre_outbox_oldest_seconds", "Age of the oldest mail that has not left", oldest, now)


def _chats(now: datetime) -> Iterator[GaugeMetricFamily]:
    waiting = ChatSession.objects.filter(state=State.WAITING).aggregate(count=Count("pk"), oldest=Min("started_at"))
    yield GaugeMetricFamily("contactcentre_waiting_chats", "Chats that nobody has accepted", waiting["count"])
    name, words = "contactcentre_longest_chat_wait_seconds", "Wait of the first chat in line"
    yield _age(name, words, waiting["oldest"], now)


def _by_state(name: str, words: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, words, labels=[label])
    for state, count in sorted(counts.items()):
        gauge.add_metric([state], count)
    return gauge


def _age(name: str, words: str, since: datetime | None, now: datetime) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, (now - since).total_seconds() if since else 0.0)
