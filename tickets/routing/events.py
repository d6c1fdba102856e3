"""What the routing tells the other apps, after commit."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMoved(Event):
    """Somebody entered, left or was put back, or an agent has room: there may be something to decide."""

    brand_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(Event):
    """An agent is asked. `expires_at` stands in the offer's row."""

    offer_id: int
    ticket_id: int
    brand_id: int
    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferClosed(Event):
    """The question is over: accepted, declined, timed_out or withdrawn (`tickets.models.OfferState`)."""

    offer_id: int
    ticket_id: int
    brand_id: int
    agent_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGiven(Event):
    """An agent holds the contact without having been asked (`Mode.AUTO`)."""

    ticket_id: int
    brand_id: int
    agent_id: int
