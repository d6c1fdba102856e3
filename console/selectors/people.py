"""The customer beside the conversation, and the choices in its header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Window

from agents.models import Agent, Role, Team
from console.selectors.rows import cursor_of, older_than
from core.text import clean_line
from crm.models import Consent, Customer, Identity
from tickets.models import Rating, Ticket
from tickets.permissions import visible_customers

HISTORY_LIMIT = 50
CONSENTS_SHOWN = 5
CUSTOMERS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class CustomerPanel:
    """What an agent may know of a customer at a glance. `total` counts the conversations they may see."""

    customer: Customer
    identities: list[Identity]
    tickets: list[Ticket]
    total: int
    first_contact_at: datetime | None


def customer_panel(customer: Customer, tickets: QuerySet[Ticket]) -> CustomerPanel:
    """`tickets`: all that the agent may see. The facts ride on the rows of the history: one query for both."""
    own = (
        tickets.filter(customer=customer)
        .select_related("rating__agent")
        .annotate(contacts=Window(Count("pk")), first_contact_at=Window(Min("created_at")))
    )
    history: list[Any] = list(own.order_by("-created_at", "-pk")[:HISTORY_LIMIT])
    return CustomerPanel(
        customer=customer,
        identities=list(customer.identities.all()),
        tickets=history,
        total=history[0].contacts if history else 0,
        first_contact_at=history[0].first_contact_at if history else None,
    )


def rating_of(ticket: Ticket, panel: CustomerPanel) -> Rating | None:
    """The ticket's rating; the panel's history has it at hand unless the ticket is older than what is listed."""
    for listed in panel.tickets:
        if listed.pk == ticket.pk:
            return getattr(listed, "rating", None)
    return Rating.objects.select_related("agent").filter(ticket=ticket).first()


def consents_of(customer: Customer) -> list[Consent]:
    """What the customer agreed to, newest first."""
    return list(Consent.objects.filter(customer=customer)[:CONSENTS_SHOWN])


def assignable_agents(ticket: Ticket) -> QuerySet[Agent]:
    """Active agents who may see the ticket: its brand's, and administrators."""
    return Agent.objects.filter(Q(brands=ticket.brand_id) | Q(role=Role.ADMIN), is_active=True).distinct()


def brand_teams(ticket: Ticket) -> QuerySet[Team]:
    return Team.objects.filter(brand=ticket.brand_id, is_active=True)


@dataclass(frozen=True, slots=True)
class CustomerPage:
    rows: list[Customer]
    after: str


def customer_page(agent: Agent, *, search: str = "", after: str = "") -> CustomerPage:
    """Newest contact first; customers who never wrote are left out."""
    found = visible_customers(agent).filter(last_contact_at__isnull=False).select_related("organisation")
    if search:
        found = found.filter(_matches(search))
    found = found.filter(older_than(after, "last_contact_at")).order_by(F("last_contact_at").desc(), "-pk")
    rows = list(found.prefetch_related("identities")[: CUSTOMERS_PER_PAGE + 1])
    more = len(rows) > CUSTOMERS_PER_PAGE
    rows = rows[:CUSTOMERS_PER_PAGE]
    return CustomerPage(rows, cursor_of(rows[-1].last_contact_at, rows[-1].pk) if more else "")


def _matches(search: str) -> Q:
    search = clean_line(search, 200)
    people = Identity.objects.filter(value__icontains=search.lower()).values("customer_id")
    return Q(name__icontains=search) | Q(organisation__name__icontains=search) | Q(pk__in=people)
