"""People beside the customer who have a part in a ticket."""

from __future__ import annotations

from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Invalid
from core.text import clean_line
from crm.actions import check_email, normalise_email
from email_inbox.mailboxes import is_ours, ours_among
from email_inbox.models import Participant, ParticipantKind
from email_inbox.parsing.addresses import parse_addresses
from tickets.history import record
from tickets.models import EventKind, Ticket

MOST = 50
"""People on one mail beside the customer."""


def add_participant(by: Agent, ticket: Ticket, address: str, *, name: str = "", kind: str) -> Participant:
    """Give somebody a part in the ticket; who was forwarded it and is copied now is of kind CC. In a transaction.

    Raises Invalid for what is no address of somebody else.
    """
    address = normalise_email(check_email(address)).lower()
    if is_ours(address):
        raise Invalid(_("%(address)s is one of our own mailboxes.") % {"address": address})
    participant, is_new = Participant.objects.get_or_create(
        ticket=ticket, address=address, defaults={"name": clean_line(name, 100), "kind": kind, "added_by": by}
    )
    if not is_new and participant.kind != kind and kind == ParticipantKind.CC:
        participant.kind = kind
        participant.save(update_fields=["kind"])
    if is_new:
        record(ticket, EventKind.PARTICIPANT, by, what=str(kind), address=address)
    return participant


def remove_participant(by: Agent, ticket: Ticket, address: str) -> None:
    """Take somebody's part away: answers no longer go to them, and their mails are a stranger's again."""
    found = Participant.objects.filter(ticket=ticket, address=normalise_email(address).lower())
    if found.delete()[0]:
        record(ticket, EventKind.PARTICIPANT, by, what="removed", address=normalise_email(address).lower())


def copied(ticket: Ticket) -> list[str]:
    """Who gets a copy of every answer."""
    people = Participant.objects.filter(ticket=ticket, kind=ParticipantKind.CC)
    return list(people.values_list("address", flat=True))


def read_addresses(typed: str) -> tuple[str, ...]:
    """What somebody typed into a field of addresses, each once. Raises Invalid, naming what is none or our own."""
    found: dict[str, None] = {}
    for piece in typed.replace(";", ",").replace("\n", ",").split(","):
        if not piece.strip():
            continue
        read = parse_addresses(piece.encode("utf-8", "replace"))
        if len(read) != 1:
            raise Invalid(_("“%(words)s” is not an email address.") % {"words": clean_line(piece, 80)})
        found[normalise_email(check_email(read[0].address)).lower()] = None
    for address in ours_among(found):
        raise Invalid(_("%(address)s is one of our own mailboxes.") % {"address": address})
    if len(found) > MOST:
        raise Invalid(_("At most %(most)s people can be written to at once.") % {"most": MOST})
    return tuple(found)
