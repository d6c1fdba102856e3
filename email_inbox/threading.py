"""Does this mail belong to a ticket that we have? (docs/adr/012-threading.md)"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm.actions import find_customer, normalise_email, surviving
from crm.models import IdentityKind
from email_inbox.models import InboundEmail, InboundState, Mailbox, Participant
from email_inbox.parsing import ParsedMail
from email_inbox.tokens import message_in_id, ticket_in_address
from tickets.actions import survivor_of
from tickets.models import Message, Ticket

_NUMBER = re.compile(r"\[#(\d{1,15})\]")


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a mail names, and whether its sender has a part in it.

    Only with a part may the mail join. `is_signed`: the mail named the ticket by something that we signed, so somebody
    who had our mail passed it on; a stranger who knows another reference opens a ticket of their own.
    """

    ticket: Ticket
    is_participant: bool
    is_signed: bool = False
    is_by_number: bool = False


def find_thread(parsed: ParsedMail, mailbox: Mailbox, recipients: Iterable[str]) -> Thread | None:
    """The ticket named by the signed address, else by a Message-ID, else by its number in the subject.

    Of merged tickets it is the survivor; a part in the one that was named is enough. A ticket in which the sender has a
    part wins over one that was named more strongly. A number is everybody's to type, so it counts only for who has one.
    """
    named: Thread | None = None
    for ticket, is_signed in _named_tickets(parsed, mailbox, recipients):
        if _has_part(ticket, parsed):
            return Thread(survivor_of(ticket), True, is_signed)
        named = named or Thread(survivor_of(ticket), False, is_signed)
    return named or _numbered(parsed, mailbox)


def _numbered(parsed: ParsedMail, mailbox: Mailbox) -> Thread | None:
    """By `[#123]` in the subject."""
    number = _NUMBER.search(parsed.summary.subject)
    if number is None:
        return None
    ticket = Ticket.objects.select_related("customer").filter(pk=int(number[1]), brand_id=mailbox.brand_id).first()
    if ticket is None or not _has_part(ticket, parsed):
        return None
    return Thread(survivor_of(ticket), True, is_by_number=True)


def _named_tickets(parsed: ParsedMail, mailbox: Mailbox, recipients: Iterable[str]) -> Iterator[tuple[Ticket, bool]]:
    """Tickets of the mailbox's brand, the strongest evidence first, each once, and whether we signed the evidence."""
    seen: set[int] = set()
    for pk, is_signed in _named_ids(parsed, [*recipients, *parsed.recipients]):
        if pk not in seen:
            seen.add(pk)
            # Across brands nothing joins and nothing is told: the other brand's ticket does not exist here.
            found = Ticket.objects.select_related("customer").filter(pk=pk, brand_id=mailbox.brand_id)
            yield from ((ticket, is_signed) for ticket in found)


def _named_ids(parsed: ParsedMail, recipients: list[str]) -> Iterator[tuple[int, bool]]:
    if public_ids := [one for one in map(ticket_in_address, recipients) if one]:
        yield from ((pk, True) for pk in Ticket.objects.filter(public_id__in=public_ids).values_list("pk", flat=True))
    if not parsed.references:  # most mails: a question to the database that is not asked costs something too
        return
    ours = [one for one in map(message_in_id, parsed.references) if one]
    by_message = dict(Message.objects.filter(public_id__in=ours).values_list("public_id", "ticket_id"))
    theirs = dict(
        InboundEmail.objects.filter(header_id__in=parsed.references, ticket__isnull=False)
        .exclude(state=InboundState.HELD)
        .order_by("-pk")
        .values_list("header_id", "ticket_id")[:200]
    )
    for reference in parsed.references:
        signed = by_message.get(message_in_id(reference))
        found = signed or theirs.get(reference)
        if found:
            yield found, bool(signed)


def _has_part(ticket: Ticket, parsed: ParsedMail) -> bool:
    """Whether the sender is the ticket's customer, has written on it before, or was made a participant by an agent."""
    if parsed.sender is None:
        return False
    address = normalise_email(parsed.sender.address)
    if Participant.objects.filter(ticket=ticket, address=address.lower()).exists():
        return True
    customer = find_customer(IdentityKind.EMAIL, address)
    if customer is None:
        return False
    if surviving(ticket.customer) == customer:
        return True
    return ticket.messages.filter(customer=customer).exists()
