"""What a request may write, put together from the hub's actions. All of a request or nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agents.models import Agent, Team
from agents.permissions import visible_brands
from api.selectors import assignable_agent, team_of_brand
from core.text import check_length
from crm.actions import check_email, find_or_create_customer
from crm.models import IdentityKind
from tickets import actions
from tickets.actions.posting import NOTE_LIMIT
from tickets.content import NewAttachment, NewMessage
from tickets.models import DraftKind, Message, Ticket

CHANNEL = "email"
"""A ticket entered for a customer is answered by email: their address is what the request gives."""

Change = Callable[[Agent, Ticket, Any], object]


def _assign(agent: Agent, ticket: Ticket, pk: int | None) -> None:
    assignee = assignable_agent(ticket, pk) if pk else None
    if pk and assignee is None:
        raise ValidationError({"assignee": [_("No such agent works for this brand.")]})
    actions.assign_ticket(agent, ticket.pk, assignee)


def _move(agent: Agent, ticket: Ticket, pk: int | None) -> None:
    actions.move_to_team(agent, ticket.pk, _team(ticket.brand_id, pk))


def _team(brand_id: int, pk: int | None) -> Team | None:
    """Raises ValidationError for a team that this brand does not have."""
    team = team_of_brand(brand_id, pk) if pk else None
    if pk and team is None:
        raise ValidationError({"team": [_("This brand has no such team.")]})
    return team


# Team before assignee and status last: a status can close the ticket.
_CHANGES: dict[str, Change] = {
    "subject": lambda agent, ticket, value: actions.change_subject(agent, ticket.pk, value),
    "priority": lambda agent, ticket, value: actions.change_priority(agent, ticket.pk, value),
    "type": lambda agent, ticket, value: actions.change_type(agent, ticket.pk, value),
    "tags": lambda agent, ticket, value: actions.set_tags(agent, ticket.pk, value),
    "team": _move,
    "assignee": _assign,
    "snoozed_until": lambda agent, ticket, value: actions.snooze_ticket(agent, ticket.pk, value),
    "status": lambda agent, ticket, value: actions.change_status(agent, ticket.pk, value),
}


def change_ticket(agent: Agent, ticket: Ticket, changes: dict[str, Any]) -> None:
    """Apply the named changes (`TicketChanges`), each with its line in the history."""
    with transaction.atomic():
        for name, change in _CHANGES.items():
            if name in changes:
                change(agent, ticket, changes[name])


def open_for_customer(agent: Agent, new: dict[str, Any]) -> Ticket:
    """Open a ticket in the customer's name (`NewTicket`). Raises ValidationError, Invalid, TooLarge."""
    brand = visible_brands(agent).filter(pk=new["brand"], is_active=True).first()
    if brand is None:
        raise ValidationError({"brand": [_("There is no such brand, or it is not one of yours.")]})
    check_length(new["text"], NOTE_LIMIT)
    message = NewMessage(new["text"]).cleaned()
    message.check_not_empty()
    address = check_email(new["email"])
    with transaction.atomic():
        ticket, _message = actions.open_ticket(
            customer=find_or_create_customer(IdentityKind.EMAIL, address, name=new["name"], display=new["email"]),
            brand=brand,
            channel=CHANNEL,
            subject=new["subject"],
            message=message,
            team=_team(brand.pk, new["team"]),
            by=agent,
        )
    return ticket


def post_message(agent: Agent, ticket: Ticket, new: dict[str, Any], now: datetime) -> Message:
    """Post a reply or a note (`NewMessageInput`); an earlier one with the same client id is returned unchanged."""
    content = NewMessage(new["text"], attachments=tuple(_files(new)), client_id=new["client_id"])
    if new["kind"] == DraftKind.NOTE:
        return actions.post_note(agent, ticket.pk, content, now=now)
    return actions.post_reply(agent, ticket.pk, content, status=new["status"], now=now)


def _files(new: dict[str, Any]) -> list[NewAttachment]:
    return [
        NewAttachment(name=file.name, content=file.read(), content_type=file.content_type or "")
        for file in new["attachments"]
    ]
