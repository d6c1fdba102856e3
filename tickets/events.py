"""What the hub tells the other apps, after commit. Ids only: a subscriber reads the committed rows."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Event):
    ticket_id: int
    brand_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(Event):
    """Fields of a ticket changed; `fields` names them (`status`, `assignee`, `team` ...)."""

    ticket_id: int
    brand_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Event):
    """A message was committed. A private one must never reach a customer's group: check `visibility`."""

    ticket_id: int
    brand_id: int
    message_id: int
    seq: int
    channel: str
    direction: str
    visibility: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRated(Event):
    """The customer rated how the ticket was handled; `score` is 1 to 5."""

    ticket_id: int
    brand_id: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Event):
    ticket_id: int
    brand_id: int
    message_id: int
    delivery: str
