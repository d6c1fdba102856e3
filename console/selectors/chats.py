"""The Chats view: who is waiting, longest first, and the agent's own running chats in the order they were taken."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce

from agents.models import Agent
from chat.models import ChatSession
from chat.selectors import own_chats, waiting_chats
from core.text import clean_line
from crm.models import Identity, IdentityKind
from tickets.models import Delivery, Direction, EntryState, Message, QueueEntry, TicketRead, Visibility

MOST_WAITING = 50


@dataclass(frozen=True, slots=True)
class ChatRow:
    """One chat in the list. `waiting_since` is None when the last word is ours."""

    session: ChatSession
    name: str
    words: str
    page: str
    is_unread: bool
    waiting_since: datetime | None
    last_is_ours: bool
    delivery: str
    asked: str = ""
    """The name of the agent who is asked to take it; "" when it is nobody or the reader."""

    @property
    def pk(self) -> int:
        return self.session.ticket_id

    @property
    def digest(self) -> int:
        """Changes when the row looks different; the page replaces only such rows."""
        seen = (
            self.name,
            self.words,
            self.page,
            self.is_unread,
            self.waiting_since,
            self.delivery,
            self.last_is_ours,
            self.asked,
        )
        ticket = self.session.ticket
        left = self.session.reply_by_email
        return zlib.crc32(repr((seen, left, ticket.team_id, ticket.last_activity_at)).encode(errors="replace"))

    @property
    def delivery_label(self) -> str:
        return str(Delivery(self.delivery).label) if self.delivery in Delivery.values else ""


@dataclass(frozen=True, slots=True)
class ChatLists:
    """`waiting_total` counts all who wait; at most MOST_WAITING of them are in `waiting`."""

    waiting: list[ChatRow]
    waiting_total: int
    own: list[ChatRow]

    @property
    def rows(self) -> list[ChatRow]:
        return [*self.own, *self.waiting]


def chat_lists(agent: Agent) -> ChatLists:
    waiting: list[Any] = list(
        _with_facts(waiting_chats(agent), agent).annotate(total=Window(Count("pk")))[:MOST_WAITING]
    )
    own: list[Any] = list(_with_facts(own_chats(agent), agent))
    return ChatLists(
        waiting=[_row(session, first_words=True) for session in waiting],
        waiting_total=waiting[0].total if waiting else 0,
        own=[_row(session) for session in own],
    )


def _with_facts(sessions: QuerySet[ChatSession], agent: Agent) -> QuerySet[ChatSession]:
    """The agent's read mark, the last public message's way, and a name to call the customer by."""
    last = Message.objects.filter(ticket=OuterRef("ticket"), visibility=Visibility.PUBLIC).order_by("-seq")
    read = TicketRead.objects.filter(agent=agent, ticket=OuterRef("ticket")).values("seq")
    addresses = Identity.objects.filter(customer=OuterRef("ticket__customer"), kind=IdentityKind.EMAIL).order_by("pk")
    offered = QueueEntry.objects.filter(ticket=OuterRef("ticket"), state=EntryState.OFFERED).exclude(agent=agent)
    return sessions.select_related("ticket__team").annotate(
        asked=Subquery(offered.values("agent__name")[:1]),
        address=Subquery(addresses.values("display")[:1]),
        last_direction=Subquery(last.values("direction")[:1]),
        last_delivery=Subquery(last.values("delivery")[:1]),
        read_seq=Coalesce(Subquery(read, output_field=IntegerField()), Value(0)),
        is_unread=Q(ticket__last_seq__gt=F("read_seq")),
    )


def _row(session: Any, *, first_words: bool = False) -> ChatRow:
    ticket = session.ticket
    return ChatRow(
        session=session,
        name=session.visitor_name or ticket.customer.name or session.address or str(ticket.customer),
        words=ticket.subject if first_words else ticket.excerpt,
        page=session.page_title or clean_line(session.page_url.partition("://")[2], 80),
        # Who waits for the first word is unread by nature; our own words never are.
        is_unread=session.is_unread and not first_words and ticket.waiting_since is not None,
        waiting_since=ticket.waiting_since or (session.queued_at if first_words else None),
        last_is_ours=session.last_direction == Direction.OUTBOUND,
        delivery=session.last_delivery or "",
        asked=session.asked or "",
    )


def longest_waiting(agent: Agent) -> list[ChatSession]:
    """Who to take next, in order; several, because colleagues may be quicker."""
    return list(waiting_chats(agent)[:10])
