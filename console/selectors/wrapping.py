"""What is still to be done after a chat: its outcome, and what is missing or old about the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from chat.models import ChatSession, Disposition
from crm.models import Customer, Identity, IdentityKind
from tickets.models import EntryState, EventKind, QueueEntry, Ticket, TicketEvent

STALE_AFTER = timedelta(days=365)
DUE_WITHIN = timedelta(hours=12)
"""For this long after the end the page asks for the outcome by itself."""

LABELS = {"name": _("Name"), "email": _("Email"), "phone": _("Telephone")}
INPUTS = {"name": "text", "email": "email", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Question:
    """Something about the customer that nobody knows, or that was last confirmed on `known_since`, too long ago."""

    what: str
    label: str
    input_type: str
    value: str = ""
    known_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WrapUpForm:
    session: ChatSession
    dispositions: list[Disposition]
    questions: list[Question]
    wraps_until: datetime | None


def is_due(session: ChatSession | None, agent: Agent, now: datetime) -> bool:
    """Whether the agent's own chat has just ended and they have not said yet how it came out."""
    return (
        session is not None
        and not session.is_open
        and session.accepted_by_id == agent.pk
        and session.disposition_id is None
        and not session.summary
        and session.ended_at is not None
        and session.ended_at > now - DUE_WITHIN
    )


def wrap_up_form(ticket: Ticket, session: ChatSession, agent: Agent, *, now: datetime) -> WrapUpForm:
    wrapping = QueueEntry.objects.filter(ticket=ticket, agent=agent, state=EntryState.WRAP_UP)
    return WrapUpForm(
        session=session,
        dispositions=list(dispositions_of(ticket)),
        questions=questions(ticket.customer, now=now),
        wraps_until=wrapping.values_list("wrap_up_until", flat=True).first(),
    )


def dispositions_of(ticket: Ticket) -> list[Disposition]:
    """The outcomes that may be chosen: the brand's and those of all."""
    return list(Disposition.objects.filter(Q(brand=None) | Q(brand=ticket.brand_id), is_active=True))


def questions(customer: Customer, *, now: datetime) -> list[Question]:
    """What to ask for: what is missing, and what nobody gave or confirmed in the last twelve months."""
    limit = now - STALE_AFTER
    confirmed = _confirmed(customer, since=limit)
    found: list[Question] = []
    if not customer.name:
        found.append(_missing("name"))
    elif customer.created_at < limit and "name" not in confirmed:
        found.append(_stale("name", customer.name, customer.created_at))
    newest = {identity.kind: identity for identity in customer.identities.order_by("created_at", "pk")}
    for what, kind in (("email", IdentityKind.EMAIL), ("phone", IdentityKind.PHONE)):
        identity: Identity | None = newest.get(kind)
        if identity is None:
            found.append(_missing(what))
        elif identity.created_at < limit and what not in confirmed:
            found.append(_stale(what, str(identity), identity.created_at))
    return found


def _confirmed(customer: Customer, *, since: datetime) -> set[str]:
    """What agents had confirmed in wrap-ups since then, from the history."""
    noted = TicketEvent.objects.filter(
        ticket__customer=customer, kind=EventKind.CHAT, data__to="outcome", created_at__gte=since
    )
    return {what for names in noted.values_list("data__confirmed", flat=True) for what in names or ()}


def _missing(what: str) -> Question:
    return Question(what, str(LABELS[what]), INPUTS[what])


def _stale(what: str, value: str, since: datetime) -> Question:
    return Question(what, str(LABELS[what]), INPUTS[what], value, since)
