"""After commit: tell the consoles of a brand that something changed. Ids only."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from agents.actions import set_availability
from agents.events import AvailabilityChanged
from agents.models import Agent, Availability, Role
from chat.events import ChatStateChanged, ColleaguesAsked, VisitorTyped
from console.desk_hints import hint_desk
from console.groups import agent_group, brand_group, session_mark
from core.events import subscribe
from core.live import push
from tickets.events import DeliveryChanged, MessagePosted, TicketChanged, TicketOpened, TicketRated


@subscribe(TicketOpened)
def ticket_opened(event: TicketOpened) -> None:
    _hint(event.brand_id, "opened", event.ticket_id)


@subscribe(TicketChanged)
def ticket_changed(event: TicketChanged) -> None:
    if event.fields == ("chat",):
        return  # `chat_changed` says it
    _hint(event.brand_id, "changed", event.ticket_id)


@subscribe(ChatStateChanged)
def chat_changed(event: ChatStateChanged) -> None:
    """Also what is no change of the ticket: who the visitor says to be, that they left and keep their place."""
    _hint(event.brand_id, "changed", event.ticket_id)


@subscribe(MessagePosted)
def message_posted(event: MessagePosted) -> None:
    _hint(event.brand_id, "message", event.ticket_id, seq=event.seq)


@subscribe(DeliveryChanged)
def delivery_changed(event: DeliveryChanged) -> None:
    _hint(event.brand_id, "delivery", event.ticket_id)


@subscribe(TicketRated)
def ticket_rated(event: TicketRated) -> None:
    _hint(event.brand_id, "changed", event.ticket_id)


@subscribe(VisitorTyped)
def visitor_typed(event: VisitorTyped) -> None:
    _hint(event.brand_id, "typing", event.ticket_id, on=event.on)


@subscribe(AvailabilityChanged)
def availability_changed(event: AvailabilityChanged) -> None:
    """Another tab, another agent's hand or the end of a last call: the menu shows what holds."""
    push(agent_group(event.agent_id), {"type": "availability"})


@subscribe(ColleaguesAsked)
def colleagues_asked(event: ColleaguesAsked) -> None:
    """The cards of who is asked, and the history of the chat before whoever reads it."""
    for agent_id in event.agent_ids:
        hint_desk(agent_id, event.ticket_id)
    _hint(event.brand_id, "changed", event.ticket_id)


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: Agent, **_kwargs: Any) -> None:
    """Who signs in to work is there: customers are told so. A state that the agent chose themselves stays, and who
    supervises or administers takes contacts only when they say so: they came to look."""
    if user.availability == Availability.OFFLINE and user.role == Role.AGENT:
        set_availability(user.pk, Availability.ONLINE)


@receiver(user_logged_out)
def signed_out(request: HttpRequest | None, user: Agent | None, **_kwargs: Any) -> None:
    """No new work for who signs out. Closes the sockets of this one session; the agent may be signed in elsewhere."""
    if user is None or request is None or not request.session.session_key:
        return
    push(agent_group(user.pk), {"type": "session.ended", "mark": session_mark(request.session.session_key)})
    set_availability(user.pk, Availability.OFFLINE)


def _hint(brand_id: int, event: str, ticket_id: int, **more: Any) -> None:
    push(brand_group(brand_id), {"type": "hint", "event": event, "ticket": ticket_id, "seq": 0} | more)
