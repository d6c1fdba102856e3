"""One agent's own marks on a ticket; nobody else is told."""

from __future__ import annotations

from django.db.models import F, Value
from django.db.models.functions import Greatest

from agents.models import Agent
from core.text import check_length, clean_text
from tickets.actions.posting import NOTE_LIMIT
from tickets.models import Draft, DraftKind, Ticket, TicketRead


def mark_read(agent: Agent, ticket: Ticket, seq: int) -> None:
    """Remember that `agent` has seen messages up to `seq`; never moves backwards."""
    seq = min(seq, ticket.last_seq)
    read, created = TicketRead.objects.get_or_create(agent=agent, ticket=ticket, defaults={"seq": seq})
    if not created and read.seq < seq:
        TicketRead.objects.filter(pk=read.pk).update(seq=Greatest(F("seq"), Value(seq)))


def save_draft(agent: Agent, ticket: Ticket, kind: str, text: str) -> None:
    """Keep unsent words; empty words remove the draft. Raises TooLarge."""
    text = clean_text(text)
    check_length(text, NOTE_LIMIT)
    if kind not in DraftKind.values:
        kind = DraftKind.REPLY
    if text.strip():
        Draft.objects.update_or_create(agent=agent, ticket=ticket, kind=kind, defaults={"text": text})
    else:
        Draft.objects.filter(agent=agent, ticket=ticket, kind=kind).delete()
