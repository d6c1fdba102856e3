"""Changing one field of a ticket in place. Each field parses its own value and calls one action."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.models import Agent
from console.requests import AgentRequest, agent_page, is_fragment, whole_number
from console.selectors.people import assignable_agents, brand_teams
from console.views.conversation import header_context
from console.views.snoozing import snooze_until
from core.errors import NotFound
from tickets import actions
from tickets.models import Ticket
from tickets.permissions import access_ticket

Change = Callable[[Agent, Ticket, str], Ticket]


def set_assignee(agent: Agent, ticket: Ticket, value: str) -> Ticket:
    """`value`: an agent's id, "me", or empty for nobody."""
    if not value:
        return actions.assign_ticket(agent, ticket.pk, None)
    if value == "me":
        return actions.assign_ticket(agent, ticket.pk, agent)
    assignee = assignable_agents(ticket).filter(pk=whole_number(value)).first()
    if assignee is None:
        raise NotFound()
    return actions.assign_ticket(agent, ticket.pk, assignee)


def set_team(agent: Agent, ticket: Ticket, value: str) -> Ticket:
    team = brand_teams(ticket).filter(pk=whole_number(value)).first() if value else None
    if value and team is None:
        raise NotFound()
    return actions.move_to_team(agent, ticket.pk, team)


def set_tags(agent: Agent, ticket: Ticket, value: str) -> Ticket:
    return actions.set_tags(agent, ticket.pk, value[:5000].split(","))


def set_snooze(agent: Agent, ticket: Ticket, value: str) -> Ticket:
    return actions.snooze_ticket(agent, ticket.pk, snooze_until(value, timezone.now()))


CHANGES: dict[str, Change] = {
    "assignee": set_assignee,
    "team": set_team,
    "tags": set_tags,
    "snooze": set_snooze,
    "status": lambda agent, ticket, value: actions.change_status(agent, ticket.pk, value),
    "priority": lambda agent, ticket, value: actions.change_priority(agent, ticket.pk, whole_number(value)),
    "type": lambda agent, ticket, value: actions.change_type(agent, ticket.pk, value),
    "subject": lambda agent, ticket, value: actions.change_subject(agent, ticket.pk, value),
}


@require_POST
@agent_page
def change(request: AgentRequest, pk: int, field: str) -> HttpResponse:
    """Set `field` to the posted `value`; htmx gets the header as it is now."""
    if field not in CHANGES:
        raise NotFound()
    ticket = access_ticket(request.user, pk, "change")
    CHANGES[field](request.user, ticket, request.POST.get("value", ""))
    if not is_fragment(request):
        return redirect("console:ticket", pk)
    fresh = access_ticket(request.user, pk, "view")
    response = render(request, "console/_ticket_header.html", header_context(fresh))
    response["HX-Trigger"] = "conversation:changed, fields:stale" if field == "type" else "conversation:changed"
    return response
