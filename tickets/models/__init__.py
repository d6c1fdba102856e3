from tickets.models.history import ActorKind, EventKind, TicketEvent
from tickets.models.message import (
    Attachment,
    AuthorKind,
    Delivery,
    Direction,
    Message,
    Visibility,
)
from tickets.models.rating import Rating
from tickets.models.reading import Draft, DraftKind, TicketRead
from tickets.models.sla import SlaKind, SlaOutcome, SlaTimer
from tickets.models.ticket import ACTIVE_STATUSES, Priority, Status, Ticket, TicketType

__all__ = [
    "ACTIVE_STATUSES",
    "ActorKind",
    "Attachment",
    "AuthorKind",
    "Delivery",
    "Direction",
    "Draft",
    "DraftKind",
    "EventKind",
    "Message",
    "Priority",
    "Rating",
    "SlaKind",
    "SlaOutcome",
    "SlaTimer",
    "Status",
    "Ticket",
    "TicketEvent",
    "TicketRead",
    "TicketType",
    "Visibility",
]
