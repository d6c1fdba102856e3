"""After commit: show the widget what changed in its chat, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from agents.events import AgentReturned, AvailabilityChanged
from chat import dispatching
from chat.actions.handover import follow_assignee
from chat.announcing import announce_for, announce_soon
from chat.events import ChatStarted, ChatStateChanged
from chat.frames import CHANNEL
from chat.live import push_messages, push_state
from chat.models import ChatSession
from core.events import subscribe, subscribe_batch
from tickets import routing
from tickets.events import MessagePosted, TicketChanged
from tickets.models import Visibility
from tickets.routing.events import ContactGiven, QueueMoved


@subscribe_batch(MessagePosted)
def show_messages(events: Sequence[MessagePosted]) -> None:
    """Public messages of a chat go to its widget: replies, and the visitor's own words to their other tabs."""
    shown = [one.message_id for one in events if one.channel == CHANNEL and one.visibility == Visibility.PUBLIC]
    if shown:
        push_messages(shown)


@subscribe(ChatStateChanged)
def show_state(event: ChatStateChanged) -> None:
    push_state(ChatSession.objects.select_related("accepted_by", "ticket__team").get(pk=event.session_id))


@subscribe(ChatStarted)
def line_grew(event: ChatStarted) -> None:
    announce_soon(event.brand_id)


@subscribe(ChatStateChanged)
def line_moved(event: ChatStateChanged) -> None:
    announce_soon(event.brand_id)


@subscribe(AvailabilityChanged)
def somebody_came_or_went(event: AvailabilityChanged) -> None:
    announce_for(event.agent_id)
    dispatching.agent_changed(event.agent_id, now=timezone.now())


@subscribe(AgentReturned)
def somebody_is_back(event: AgentReturned) -> None:
    announce_for(event.agent_id)
    dispatching.agent_changed(event.agent_id, now=timezone.now())


@subscribe(QueueMoved)
def queue_moved(event: QueueMoved) -> None:
    """Somebody came, went or was put back, or an agent has room."""
    now = timezone.now()
    routing.drain(event.brand_id, now=now)
    dispatching.end_last_calls(now=now)
    announce_soon(event.brand_id)


@subscribe(ContactGiven)
def chat_given(event: ContactGiven) -> None:
    dispatching.begin_given(event.ticket_id, event.agent_id, now=timezone.now())


@subscribe(TicketChanged)
def ticket_moved(event: TicketChanged) -> None:
    """Given to somebody else: the chat follows. Another team or priority: another place in line."""
    if "assignee" in event.fields:
        follow_assignee(event.ticket_id)
    if {"team", "priority"} & set(event.fields):
        announce_soon(event.brand_id)
