"""How a chat came out, noted by its agent after the end; and what they learned about the customer on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from chat.errors import NotYourChat
from chat.events import ChatStateChanged
from chat.form import is_phone
from chat.locking import lock_session
from chat.models import ChatSession, Disposition
from core.errors import Conflict, Invalid
from core.events import publish
from core.text import check_length, clean_line, clean_text
from crm.actions import add_identity, check_email, update_customer
from crm.models import Customer, IdentityKind, Proof
from tickets import routing
from tickets.history import record
from tickets.models import EventKind

SUMMARY_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Outcome:
    """`learned`: "name", "email", "phone" -> what the customer gave, or confirmed; empty ones are left out."""

    disposition: Disposition | None = None
    summary: str = ""
    learned: Mapping[str, str] = field(default_factory=dict)


def note_outcome(agent: Agent, session_id: int, outcome: Outcome, *, now: datetime) -> ChatSession:
    """Keep the outcome and free the agent's place if the wrap-up still takes it. All of it or nothing.

    It is for the chat's agent to say, or for who supervises. Raises NotYourChat; Conflict while the chat runs; Invalid
    for a disposition of another brand and for an address or a number that is none or that belongs to somebody else;
    TooLarge. Publishes ChatStateChanged, CustomerChanged.
    """
    with transaction.atomic():
        session = lock_session(session_id)
        ticket = session.ticket
        if session.is_open:
            raise Conflict(_("This chat is still running. End it first."), code="chat_open")
        if session.accepted_by_id not in (None, agent.pk) and not agent.is_supervisor:
            raise NotYourChat(_("Only the agent who had this chat can say how it came out."))
        if outcome.disposition and outcome.disposition.brand_id not in (None, ticket.brand_id):
            raise Invalid(_("This outcome belongs to another brand."), code="bad_disposition")
        check_length(outcome.summary, SUMMARY_LIMIT)
        session.disposition, session.summary = outcome.disposition, clean_text(outcome.summary)
        session.save(update_fields=["disposition", "summary"])
        confirmed = _learn(ticket.customer, outcome.learned)
        record(
            ticket,
            EventKind.CHAT,
            agent,
            at=now,
            to="outcome",
            outcome=outcome.disposition.name if outcome.disposition else "",
            confirmed=confirmed,
        )
        routing.finish_wrap_up(ticket.pk, agent, now=now)
        publish(
            ChatStateChanged(
                session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=str(session.state)
            )
        )
    return session


def _learn(customer: Customer, learned: Mapping[str, str]) -> list[str]:
    """Write down what is new; return the names of what was given or confirmed."""
    given = {what: words for what, raw in learned.items() if (words := clean_line(raw, 320))}
    if "name" in given:
        update_customer(customer.pk, name=given["name"])
    if "email" in given:
        address = check_email(given["email"])
        add_identity(customer, IdentityKind.EMAIL, address, proof=Proof.CLAIMED, display=given["email"])
    if "phone" in given:
        add_identity(customer, IdentityKind.PHONE, _number(given["phone"]), proof=Proof.CLAIMED, display=given["phone"])
    return sorted({"name", "email", "phone"} & set(given))


def _number(written: str) -> str:
    """Digits, with the plus of a country code. Raises Invalid."""
    if not is_phone(written):
        raise Invalid(_("“%(number)s” is not a telephone number.") % {"number": written[:40]}, code="bad_phone")
    digits = "".join(sign for sign in written if sign.isdigit())
    return f"+{digits}" if written.lstrip().startswith("+") else digits
