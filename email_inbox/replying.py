"""Answers with copies: who gets them, and what the writer should know before they leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import NeedsConfirming
from crm.actions import normalise_email
from crm.models import Identity, IdentityKind
from crm.selectors import email_of
from email_inbox.addresses import bounced_among
from email_inbox.models import InboundEmail, OutboundEmail, Participant, ParticipantKind
from email_inbox.outbox import reply_route
from email_inbox.participants import add_participant
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.locking import lock_ticket
from tickets.models import Message, Ticket


@dataclass(frozen=True, slots=True)
class Copies:
    """Who gets an answer beside the customer: normalised addresses."""

    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


def send_reply(
    agent: Agent,
    ticket_id: int,
    message: NewMessage,
    copies: Copies = Copies(),
    *,
    status: str = "",
    now: datetime | None = None,
) -> Message:
    """As `tickets.actions.post_reply`, with copies. Who is copied openly has a part in the ticket from then on.

    Idempotent by `client_id`: repeated, the copies of the first time stand.
    """
    with transaction.atomic():
        ticket = lock_ticket(ticket_id)
        said = ticket.last_seq
        posted = post_reply(agent, ticket_id, message, status=status, now=now)
        if posted.seq > said and (copies.cc or copies.bcc):
            outbound = OutboundEmail.objects.get(message=posted)
            customer = normalise_email(outbound.to)
            outbound.cc = [one for one in copies.cc if one != customer]
            outbound.bcc = [one for one in copies.bcc if one != customer and one not in copies.cc]
            outbound.save(update_fields=["cc", "bcc"])
            for address in outbound.cc:
                add_participant(agent, ticket, address, kind=ParticipantKind.CC)
    return posted


def check_recipients(ticket: Ticket, copies: Copies) -> None:
    """Raise NeedsConfirming, saying who, when somebody new would read the thread or an address has bounced."""
    route = reply_route(ticket)
    everybody = [*([normalise_email(route.to)] if route else []), *copies.cc, *copies.bcc]
    warnings = []
    if new := sorted(set(everybody) - known_to(ticket, everybody)):
        warnings.append(
            _("They have not been part of this conversation and will read it: %(people)s.") % {"people": ", ".join(new)}
        )
    ask_about([*warnings, *bounces(everybody)])


def bounces(addresses: Iterable[str]) -> list[str]:
    """A sentence for each of `addresses` to which mail came back."""
    return [
        _("Mail to %(address)s came back: %(reason)s.") % {"address": address, "reason": reason or _("no reason given")}
        for address, reason in bounced_among(addresses).items()
    ]


def ask_about(warnings: list[str]) -> None:
    """Raise NeedsConfirming with them, if there are any."""
    if warnings:
        raise NeedsConfirming(" ".join([*warnings, _("Nothing was sent yet.")]))


def known_to(ticket: Ticket, addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` who have a part in the ticket, or whom its mails have named as recipients."""
    wanted = set(addresses)
    known = set(Participant.objects.filter(ticket=ticket, address__in=wanted).values_list("address", flat=True))
    customer = Identity.objects.filter(customer=ticket.customer, kind=IdentityKind.EMAIL)
    known |= {normalise_email(value) for value in customer.values_list("value", flat=True)}
    mails = InboundEmail.objects.filter(message__ticket=ticket)
    for sender, reply_to, others in mails.values_list("from_address", "reply_to", "others"):
        known |= {normalise_email(sender), normalise_email(reply_to), *others}
    return wanted & known


def everybody_else(ticket: Ticket, already: Iterable[str]) -> list[str]:
    """Whom a reply to all would copy: those copied `already`, and whom the newest mail was for beside us."""
    last = InboundEmail.objects.filter(message__ticket=ticket, message__direction="in").order_by("-pk").first()
    if last is None:
        return list(already)
    customer = {normalise_email(one) for one in (last.reply_to, last.from_address, email_of(ticket.customer))}
    return [address for address in dict.fromkeys([*already, *last.others]) if address not in customer]
