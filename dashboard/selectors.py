"""The figures of this moment for the brands that the viewer may see. A handful of queries, whatever the size.

Each figure is defined by its query here and in words in `dashboard.tiles`; change them together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.utils import timezone

from agents.models import Agent, Availability, AvailabilityPeriod
from agents.permissions import visible_brands
from chat.models import ChatSession, State
from email_inbox.models import InboundEmail, InboundState
from tickets.models import ACTIVE_STATUSES, Delivery, Direction, Message, SlaOutcome, SlaTimer, Status, Ticket

AT_RISK = timedelta(minutes=30)

Brands = tuple[int, ...]
Row = Mapping[str, Any]


@dataclass(slots=True)
class Queue:
    """What waits for one team of one brand; `team` is empty for what no team has."""

    brand: str
    team: str
    by_status: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(str, ACTIVE_STATUSES), 0))
    unassigned: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    chats_waiting: int = 0
    chats_active: int = 0
    chat_waiting_since: datetime | None = None

    @property
    def active(self) -> int:
        return sum(self.by_status.values())

    @property
    def new(self) -> int:
        return self.by_status[Status.NEW]

    @property
    def open(self) -> int:
        return self.by_status[Status.OPEN]

    @property
    def pending(self) -> int:
        return self.by_status[Status.PENDING]

    @property
    def on_hold(self) -> int:
        return self.by_status[Status.ON_HOLD]


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    state: str
    state_label: str
    reason: str
    since: datetime | None
    load: int
    """Active tickets assigned to them, within the viewer's brands."""


@dataclass(frozen=True, slots=True)
class Figures:
    at: datetime
    queues: list[Queue]
    people: list[Person]
    at_risk: int
    breached_today: int
    received_today: int
    sent_today: int
    undelivered: int
    quarantined: int

    @property
    def all(self) -> Queue:
        """All queues taken together."""
        return _together(self.queues)

    def people_in(self, state: str) -> int:
        return sum(person.state == state for person in self.people)


def figures_for(viewer: Agent, now: datetime) -> Figures:
    """Everything the page shows. "Today" begins at midnight in the active time zone: the viewer's."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    brands = tuple(visible_brands(viewer).values_list("pk", flat=True))
    at_risk, breached = _deadlines(brands, now, midnight)
    received, sent = _traffic(brands, midnight)
    return Figures(
        at=now,
        queues=_queues(brands),
        people=_people(viewer, brands),
        at_risk=at_risk,
        breached_today=breached,
        received_today=received,
        sent_today=sent,
        undelivered=_undelivered(brands),
        quarantined=_quarantined(brands),
    )


def _queues(brands: Brands) -> list[Queue]:
    queues: dict[tuple[str, str], Queue] = {}

    def queue_of(row: Row) -> Queue:
        key = (row["brand_name"], row["team_name"] or "")
        return queues.setdefault(key, Queue(*key))

    for row in _active_tickets(brands):
        queue = queue_of(row)
        queue.by_status[row["status"]] += row["count"]
        queue.unassigned += row["unassigned"]
        queue.waiting += row["waiting"]
        queue.waiting_since = _earlier(queue.waiting_since, row["since"])
    for row in _open_chats(brands):
        queue = queue_of(row)
        queue.chats_waiting += row["waiting"]
        queue.chats_active += row["active"]
        queue.chat_waiting_since = _earlier(queue.chat_waiting_since, row["since"])
    return [queues[key] for key in sorted(queues)]


def _active_tickets(brands: Brands) -> Iterable[Row]:
    return (
        Ticket.objects.filter(brand__in=brands, status__in=ACTIVE_STATUSES)
        .order_by()
        .values("status", brand_name=F("brand__name"), team_name=F("team__name"))
        .annotate(
            count=Count("pk"),
            unassigned=Count("pk", filter=Q(assignee__isnull=True)),
            waiting=Count("waiting_since"),
            since=Min("waiting_since"),
        )
    )


def _open_chats(brands: Brands) -> Iterable[Row]:
    waiting = Q(state=State.WAITING)
    return (
        ChatSession.objects.filter(state__in=[State.WAITING, State.ACTIVE], ticket__brand__in=brands)
        .order_by()
        .values(brand_name=F("ticket__brand__name"), team_name=F("ticket__team__name"))
        .annotate(
            waiting=Count("pk", filter=waiting),
            active=Count("pk", filter=~waiting),
            since=Min("started_at", filter=waiting),
        )
    )


def _deadlines(brands: Brands, now: datetime, midnight: datetime) -> tuple[int, int]:
    """Running clocks that end within AT_RISK, and those that ran out since midnight, swept or not."""
    timers = SlaTimer.objects.filter(ticket__brand__in=brands)
    running = timers.filter(finished_at__isnull=True, due_at__lte=now + AT_RISK).aggregate(
        at_risk=Count("pk", filter=Q(due_at__gt=now)),
        late=Count("pk", filter=Q(due_at__lte=now, due_at__gte=midnight)),
    )
    swept = timers.filter(outcome=SlaOutcome.BREACHED, due_at__gte=midnight).count()
    return running["at_risk"], running["late"] + swept


def _traffic(brands: Brands, midnight: datetime) -> tuple[int, int]:
    counts = Message.objects.filter(ticket__brand__in=brands, created_at__gte=midnight).aggregate(
        received=Count("pk", filter=Q(direction=Direction.INBOUND)),
        sent=Count("pk", filter=Q(direction=Direction.OUTBOUND)),
    )
    return counts["received"], counts["sent"]


def _undelivered(brands: Brands) -> int:
    return Message.objects.filter(
        ticket__brand__in=brands, ticket__status__in=ACTIVE_STATUSES, delivery=Delivery.FAILED
    ).count()


def _quarantined(brands: Brands) -> int:
    return InboundEmail.objects.filter(
        mailbox__brand__in=brands, state__in=[InboundState.QUARANTINED, InboundState.FAILED]
    ).count()


def _people(viewer: Agent, brands: Brands) -> list[Person]:
    """Active colleagues of the viewer's brands; an administrator sees all. Who is here comes first."""
    agents = Agent.objects.filter(is_active=True)
    if not viewer.is_admin:
        agents = agents.filter(pk__in=Agent.brands.through.objects.filter(brand__in=brands).values("agent_id"))
    running = AvailabilityPeriod.objects.filter(agent=OuterRef("pk"), ended_at__isnull=True)
    load = _load(brands)
    people = [
        Person(
            name=agent.name,
            state=agent.availability,
            state_label=agent.get_availability_display(),
            reason=agent.away_reason,
            since=agent.since,
            load=load[agent.pk],
        )
        for agent in agents.annotate(since=Subquery(running.values("started_at")[:1]))
    ]
    return sorted(people, key=lambda person: (Availability.values.index(person.state), person.name))


def _load(brands: Brands) -> defaultdict[int, int]:
    rows = (
        Ticket.objects.filter(brand__in=brands, status__in=ACTIVE_STATUSES, assignee__isnull=False)
        .order_by()
        .values_list("assignee")
        .annotate(count=Count("pk"))
    )
    return defaultdict(int, rows)


def _together(queues: Iterable[Queue]) -> Queue:
    total = Queue(brand="", team="")
    for queue in queues:
        for status, count in queue.by_status.items():
            total.by_status[status] += count
        total.unassigned += queue.unassigned
        total.waiting += queue.waiting
        total.waiting_since = _earlier(total.waiting_since, queue.waiting_since)
        total.chats_waiting += queue.chats_waiting
        total.chats_active += queue.chats_active
        total.chat_waiting_since = _earlier(total.chat_waiting_since, queue.chat_waiting_since)
    return total


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
