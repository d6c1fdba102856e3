"""Rows of the list: keyset pages, and single rows for live updates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from agents.models import Agent
from console.selectors.ticket_views import TicketView, with_risk
from core.text import clean_line
from crm.models import Identity, IdentityKind
from tickets.models import SlaKind, SlaTimer, Ticket, TicketRead

PAGE_SIZE = 50
SEARCH_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows; `after` is the cursor of the next page, empty on the last."""

    rows: list[Ticket]
    after: str


def list_page(
    tickets: QuerySet[Ticket], view: TicketView, agent: Agent, now: datetime, *, search: str = "", after: str = ""
) -> Page:
    """Newest activity first, PAGE_SIZE rows after the cursor. An unreadable cursor starts from the top."""
    found = rows_of(tickets, agent, now).filter(view.condition(agent))
    if search:
        found = found.filter(matches(search))
    found = found.filter(older_than(after)).order_by("-last_activity_at", "-pk")
    rows = list(found[: PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    return Page(rows, cursor_of(rows[-1].last_activity_at, rows[-1].pk) if more else "")


def rows_of(tickets: QuerySet[Ticket], agent: Agent, now: datetime) -> QuerySet[Ticket]:
    """Tickets with what a row shows: people, the agent's read mark, the first response clock."""
    clocks = SlaTimer.objects.filter(ticket=OuterRef("pk"), kind=SlaKind.FIRST_RESPONSE).order_by("-pk")
    addresses = Identity.objects.filter(customer=OuterRef("customer"), kind=IdentityKind.EMAIL).order_by("pk")
    read = TicketRead.objects.filter(agent=agent, ticket=OuterRef("pk")).values("seq")
    return (
        with_risk(tickets, now)
        .select_related("customer", "assignee")
        .annotate(
            address=Subquery(addresses.values("display")[:1]),
            read_seq=Coalesce(Subquery(read, output_field=IntegerField()), Value(0)),
            sla_due_at=Subquery(clocks.values("due_at")[:1]),
            sla_outcome=Subquery(clocks.values("outcome")[:1]),
            is_unread=Q(last_seq__gt=F("read_seq")),
        )
    )


def matches(search: str) -> Q:
    """What one search box finds: a number, words of the subject, a customer's name or address (trigram indexes)."""
    search = clean_line(search, SEARCH_LIMIT)
    number = search.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 19:
        return Q(pk=int(number)) | Q(subject__icontains=search)
    people = Identity.objects.filter(value__icontains=search.lower()).values("customer_id")
    return Q(subject__icontains=search) | Q(customer__name__icontains=search) | Q(customer__in=people)


def rows_by_id(tickets: QuerySet[Ticket], ids: Iterable[int], agent: Agent, now: datetime) -> list[Ticket]:
    return list(rows_of(tickets, agent, now).filter(pk__in=ids))


def cursor_of(moment: datetime | None, pk: int) -> str:
    """Where the next page begins. Microseconds and the id make it exact; new arrivals never shift it."""
    return f"{moment.isoformat()}~{pk}" if moment else ""


def older_than(after: str, field: str = "last_activity_at") -> Q:
    """What follows the cursor in an order of (-field, -id). An unreadable cursor excludes nothing."""
    moment_text, _tilde, pk = after.replace(" ", "+").partition("~")
    try:
        moment = parse_datetime(moment_text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return Q()
    # The first condition alone is an index range; the second breaks ties within one moment.
    return Q(**{f"{field}__lte": moment}) & (Q(**{f"{field}__lt": moment}) | Q(pk__lt=int(pk)))
