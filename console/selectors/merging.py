"""With which conversations one could be merged."""

from __future__ import annotations

from django.db.models import Case, IntegerField, QuerySet, Value, When

from console.selectors.rows import matches
from tickets.models import ACTIVE_STATUSES, Ticket

MOST = 8


def candidates(tickets: QuerySet[Ticket], source: Ticket, search: str) -> list[Ticket]:
    """At most MOST of the same brand: what `search` finds, else the customer's others; those at work first."""
    found = tickets.filter(brand=source.brand_id, merged_into__isnull=True).exclude(pk=source.pk)
    found = found.filter(matches(search)) if search else found.filter(customer=source.customer_id)
    at_work = Case(When(status__in=ACTIVE_STATUSES, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(found.select_related("customer").order_by(at_work, "-last_activity_at", "-pk")[:MOST])
