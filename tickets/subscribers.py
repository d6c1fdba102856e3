"""After commit: written tickets enter and leave the routing as they change."""

from __future__ import annotations

from django.utils import timezone

from agents.events import AgentReturned, AvailabilityChanged
from agents.models import Agent, Availability
from core.events import subscribe
from tickets.actions import assign_ticket
from tickets.events import TicketChanged, TicketOpened
from tickets.models import Ticket
from tickets.routing.desks import begin_idle
from tickets.routing.events import ContactGiven
from tickets.routing.written import LIVE, follow_written


@subscribe(TicketOpened)
def ticket_arrived(event: TicketOpened) -> None:
    follow_written(event.ticket_id, now=timezone.now())


@subscribe(TicketChanged)
def ticket_moved(event: TicketChanged) -> None:
    if {"status", "assignee", "team"} & set(event.fields):
        follow_written(event.ticket_id, now=timezone.now())


@subscribe(ContactGiven)
def written_contact_given(event: ContactGiven) -> None:
    """Given without asking: it becomes theirs. Chats begin by themselves (`chat.subscribers`)."""
    if Ticket.objects.filter(pk=event.ticket_id).exclude(channel__in=LIVE).exists():
        assign_ticket(None, event.ticket_id, Agent.objects.get(pk=event.agent_id))


@subscribe(AvailabilityChanged)
def somebody_came(event: AvailabilityChanged) -> None:
    if event.state == Availability.ONLINE:
        begin_idle(event.agent_id, timezone.now())


@subscribe(AgentReturned)
def somebody_is_back(event: AgentReturned) -> None:
    begin_idle(event.agent_id, timezone.now())
