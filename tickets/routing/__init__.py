"""Who gets which contact: queues, offers, capacities, and the reasons (docs/subsystems/routing.md)."""

from tickets.routing.choosing import Contact, Decision, Need, Person, choose
from tickets.routing.draining import drain, sweep
from tickets.routing.entries import (
    AtCapacity,
    HeldByAnother,
    OfferOver,
    accept,
    decline,
    end,
    enter,
    finish_wrap_up,
    follow_ticket,
    hand_over,
    put_back,
    take,
)
from tickets.routing.rules import QueueRules, rules_of

__all__ = [
    "AtCapacity",
    "Contact",
    "Decision",
    "HeldByAnother",
    "Need",
    "OfferOver",
    "Person",
    "QueueRules",
    "accept",
    "choose",
    "decline",
    "drain",
    "end",
    "enter",
    "finish_wrap_up",
    "follow_ticket",
    "hand_over",
    "put_back",
    "rules_of",
    "sweep",
    "take",
]
