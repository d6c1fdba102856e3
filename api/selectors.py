"""Reads behind the API's lists. Permission is in the querysets that come in (`tickets.permissions`)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from agents.models import Agent, Role, Team
from crm.models import Customer, Identity
from tickets.models import Message, Ticket, TicketEvent


def matching_tickets(tickets: QuerySet[Ticket], agent: Agent, filters: dict[str, Any]) -> QuerySet[Ticket]:
    """`tickets` narrowed by the filters of a request (`TicketFilter`), with what a row shows."""
    conditions = Q()
    if statuses := filters.get("status"):
        conditions &= Q(status__in=statuses)
    if "assignee" in filters:
        conditions &= _assigned_to(filters["assignee"], agent)
    if "team" in filters:
        conditions &= Q(team__isnull=True) if filters["team"] == "none" else Q(team_id=int(filters["team"]))
    if "tag" in filters:
        conditions &= Q(tags__contains=[filters["tag"].lower()])
    for name, field in (("brand", "brand_id"), ("channel", "channel"), ("customer", "customer__public_id")):
        if name in filters:
            conditions &= Q(**{field: filters[name]})
    return tickets.filter(conditions).select_related("brand", "team", "assignee", "customer")


def _assigned_to(who: str, agent: Agent) -> Q:
    if who == "none":
        return Q(assignee__isnull=True)
    return Q(assignee_id=agent.pk if who == "me" else int(who))


def messages_after(ticket: Ticket, seq: int, limit: int) -> QuerySet[Message]:
    """The next `limit` messages above `seq`, notes included, oldest first."""
    return _with_people(Message.objects.filter(ticket=ticket, seq__gt=seq).order_by("seq"))[:limit]


def message_row(message: Message) -> Message:
    return _with_people(Message.objects.filter(pk=message.pk)).get()


def _with_people(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_related("agent", "customer").prefetch_related("attachments")


def history(ticket: Ticket) -> QuerySet[TicketEvent]:
    return TicketEvent.objects.filter(ticket=ticket).select_related("agent")


def matching_customers(customers: QuerySet[Customer], q: str) -> QuerySet[Customer]:
    """`customers` whose name or any identity contains `q`, with what a row shows."""
    if q:
        # A union of two sub-queries: with OR over the join PostgreSQL could use neither trigram index.
        named = Customer.objects.filter(name__icontains=q).values("pk")
        identified = Identity.objects.filter(value__icontains=q).values("customer_id")
        customers = customers.filter(pk__in=named.union(identified))
    return customers.select_related("organisation").prefetch_related("identities")


def assignable_agent(ticket: Ticket, pk: int) -> Agent | None:
    """The active agent who works for the ticket's brand. Others do not exist here: their names are not this one's."""
    works_here = Q(brands=ticket.brand_id) | Q(role=Role.ADMIN)
    return Agent.objects.filter(works_here, pk=pk, is_active=True).distinct().first()


def team_of_brand(brand_id: int, pk: int) -> Team | None:
    return Team.objects.filter(pk=pk, brand=brand_id, is_active=True).first()
