"""The doors to tickets. `access_ticket` is the only way from an id in a request to a ticket.

Who sees what: agents see every conversation of their brands (so that anybody can help any customer of the brand with
the full history); administrators see all. A ticket of another brand does not exist for them: 404, never 403.
"""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from agents.models import Agent
from agents.permissions import visible_brands
from core.errors import NotFound
from crm.models import Customer
from tickets.errors import Merged
from tickets.models import Attachment, Message, Ticket

Need = Literal["view", "reply", "change"]


def visible_tickets(agent: Agent) -> QuerySet[Ticket]:
    """Every ticket `agent` may see, permission applied in SQL."""
    if agent.is_admin:
        return Ticket.objects.all()
    # Ids in a tuple, not a sub-query: PostgreSQL then uses the (brand, last_activity_at) indexes.
    return Ticket.objects.filter(brand__in=tuple(visible_brands(agent).values_list("pk", flat=True)))


def access_ticket(
    agent: Agent | AnonymousUser, pk: int | str, need: Need, *, tickets: QuerySet[Ticket] | None = None
) -> Ticket:
    """The ticket, if `agent` may do `need` with it. Raises NotFound otherwise, whatever the reason; Merged for anything
    but looking at what was merged into another one. `tickets`: `visible_tickets(agent)`, if the caller has them.
    """
    if not isinstance(agent, Agent) or not agent.is_active or not _is_id(pk):
        raise NotFound()
    among = visible_tickets(agent) if tickets is None else tickets
    ticket = among.select_related("customer", "brand", "team", "assignee").filter(pk=int(pk)).first()
    if ticket is None:
        raise NotFound()
    if need != "view" and ticket.merged_into_id is not None:
        raise Merged(ticket)
    return ticket


def access_message(agent: Agent | AnonymousUser, public_id: str) -> Message:
    """The message, if `agent` may see its ticket. Raises NotFound."""
    message = Message.objects.select_related("ticket").filter(public_id=str(public_id)[:16]).first()
    if message is None:
        raise NotFound()
    access_ticket(agent, message.ticket_id, "view")
    return message


def access_attachment(agent: Agent | AnonymousUser, public_id: str) -> Attachment:
    """The attachment, if `agent` may see its ticket. Raises NotFound."""
    attachment = Attachment.objects.select_related("message").filter(public_id=str(public_id)[:16]).first()
    if attachment is None:
        raise NotFound()
    access_ticket(agent, attachment.message.ticket_id, "view")
    return attachment


def visible_customers(agent: Agent) -> QuerySet[Customer]:
    """Customers who have at least one conversation that `agent` may see; all for administrators."""
    living = Customer.objects.filter(merged_into__isnull=True)
    if agent.is_admin:
        return living
    return living.filter(pk__in=visible_tickets(agent).values("customer_id"))


def access_customer(agent: Agent | AnonymousUser, public_id: str) -> Customer:
    """The surviving customer record, if `agent` may know of it. Raises NotFound."""
    if not isinstance(agent, Agent) or not agent.is_active:
        raise NotFound()
    customer = visible_customers(agent).filter(public_id=str(public_id)[:16]).first()
    if customer is None:
        raise NotFound()
    return customer


def _is_id(value: int | str) -> bool:
    # bigint; a longer number would be a database error instead of "not found".
    return str(value).isascii() and str(value).isdigit() and int(value) < 2**63
