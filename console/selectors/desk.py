"""What asks for the agent's hand on every page: offered contacts, and those that they wrap up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from agents.models import Agent
from agents.permissions import visible_brands
from chat.models import ChatSession
from core.text import clean_line
from tickets.models import EntryState, Offer, OfferState, QueueEntry, Ticket


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer to this agent. `left`: whole seconds until it goes to the next."""

    ticket: Ticket
    name: str
    words: str
    page: str
    language: str
    waiting_since: datetime
    left: int


@dataclass(frozen=True, slots=True)
class WrapUp:
    """A contact that is over and still takes a place, for `left` more seconds at most."""

    ticket: Ticket
    name: str
    left: int


@dataclass(frozen=True, slots=True)
class DeskCards:
    offers: list[Asked] = field(default_factory=list)
    wrap_ups: list[WrapUp] = field(default_factory=list)


def desk_cards(agent: Agent, *, now: datetime) -> DeskCards:
    """Of the brands that the agent may see."""
    brands = tuple(visible_brands(agent).values_list("pk", flat=True))
    related = ("customer", "brand", "team", "chat_session")
    offers = Offer.objects.filter(
        agent=agent, state=OfferState.OFFERED, expires_at__gt=now, entry__brand__in=brands
    ).select_related(*(f"entry__ticket__{name}" for name in related))
    wrapping = QueueEntry.objects.filter(agent=agent, state=EntryState.WRAP_UP, brand__in=brands).select_related(
        *(f"ticket__{name}" for name in related)
    )
    return DeskCards(
        offers=_asked(offers.order_by("offered_at", "pk"), now),
        wrap_ups=[
            WrapUp(entry.ticket, visitor_name(entry.ticket), _left(entry.wrap_up_until, now))
            for entry in wrapping.order_by("ended_at", "pk")
        ],
    )


def visitor_name(ticket: Ticket) -> str:
    """By what name the person of a ticket is called; in a chat the one they gave."""
    session: ChatSession | None = getattr(ticket, "chat_session", None)
    return (session.visitor_name if session else "") or ticket.customer.name or str(ticket.customer)


def _asked(offers: Iterable[Offer], now: datetime) -> list[Asked]:
    cards = []
    for offer in offers:
        ticket = offer.entry.ticket
        session: ChatSession | None = getattr(ticket, "chat_session", None)
        page = (session.page_title or clean_line(session.page_url.partition("://")[2], 80)) if session else ""
        cards.append(
            Asked(
                ticket=ticket,
                name=visitor_name(ticket),
                words=clean_line(ticket.subject or ticket.excerpt, 160),
                page=page,
                language=session.language if session else "",
                waiting_since=offer.entry.entered_at,
                left=_left(offer.expires_at, now),
            )
        )
    return cards


def _left(until: datetime | None, now: datetime) -> int:
    return max(0, round((until - now).total_seconds())) if until else 0
