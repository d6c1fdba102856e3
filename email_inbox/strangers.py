"""What an agent decides about a mail whose sender has no part in the ticket that it names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Conflict, Invalid
from core.events import publish
from crm.actions import normalise_email
from email_inbox import intake
from email_inbox.handling import Outcome, join, separate
from email_inbox.models import InboundEmail, InboundState, ParticipantKind
from email_inbox.parsing import ParsedMail, parse
from email_inbox.participants import add_participant
from email_inbox.threading import Thread
from tickets.events import TicketChanged
from tickets.history import record
from tickets.locking import lock_ticket
from tickets.models import ACTIVE_STATUSES, EventKind, Ticket

UNDECIDED_FOR = timedelta(days=3)
"""After so long nobody decides any more: the stranger gets a ticket of their own rather than no answer."""


def held_mails(ticket: Ticket) -> QuerySet[InboundEmail]:
    """Mails that wait for a decision at this ticket, oldest first."""
    return InboundEmail.objects.filter(ticket=ticket, state=InboundState.HELD).order_by("pk")


def attach(by: Agent, mail_id: int, ticket: Ticket) -> InboundEmail:
    """Make this one mail a message of the ticket. Its sender may write here from now on, as whoever wrote may."""
    return _decide(by, mail_id, ticket, "attached", lambda mail, parsed, known: join(mail, parsed, known))


def let_in(by: Agent, mail_id: int, ticket: Ticket) -> InboundEmail:
    """As `attach`, and the sender gets a copy of every answer."""

    def joined(mail: InboundEmail, parsed: ParsedMail, known: Ticket) -> Outcome:
        sender = parsed.sender
        if sender is not None:
            add_participant(by, known, normalise_email(sender.address), name=sender.name, kind=ParticipantKind.CC)
        return join(mail, parsed, known)

    return _decide(by, mail_id, ticket, "added", joined)


def set_apart(by: Agent | None, mail_id: int, ticket: Ticket) -> InboundEmail:
    """Make the mail a ticket of its own, whose history says which one it named."""

    def opened(mail: InboundEmail, parsed: ParsedMail, known: Ticket) -> Outcome:
        return separate(mail, parsed, Thread(known, False, True))

    return _decide(by, mail_id, ticket, "separated", opened)


DECISIONS: dict[str, Callable[[Agent, int, Ticket], InboundEmail]] = {
    "attach": attach,
    "separate": set_apart,
    "add": let_in,
}


def decide(by: Agent, mail_id: int, ticket: Ticket, decision: str) -> InboundEmail:
    """Do as the agent says. Raises Invalid for an unknown decision, Conflict when somebody has decided already."""
    if decision not in DECISIONS:
        raise Invalid(_("Choose what should become of this mail."))
    return DECISIONS[decision](by, mail_id, ticket)


def set_apart_the_forgotten(now: datetime | None = None, *, limit: int = 50) -> int:
    """Held mails of finished tickets, and those that nobody decided about for days, get tickets of their own."""
    held = InboundEmail.objects.filter(state=InboundState.HELD, ticket__isnull=False).select_related("ticket")
    finished = held.exclude(ticket__status__in=ACTIVE_STATUSES)
    forgotten = held.filter(received_at__lt=(now or timezone.now()) - UNDECIDED_FOR)
    due = list((finished | forgotten).order_by("pk")[:limit])
    for mail in due:
        assert mail.ticket is not None  # by the filter
        try:
            set_apart(None, mail.pk, mail.ticket)
        except Conflict:
            continue  # an agent was quicker
    return len(due)


def _decide(
    by: Agent | None,
    mail_id: int,
    ticket: Ticket,
    what: str,
    act: Callable[[InboundEmail, ParsedMail, Ticket], Outcome],
) -> InboundEmail:
    with transaction.atomic():
        # First the mail, then the ticket: the order in which processing locks them.
        held = held_mails(ticket).select_for_update(of=("self",)).select_related("mailbox__brand", "mailbox__team")
        mail = held.filter(pk=mail_id).first()
        if mail is None:
            raise Conflict(_("Somebody has decided about this mail already."))
        known = lock_ticket(ticket.pk)
        outcome = act(mail, parse(mail.original), known)
        made = outcome.ticket.pk if outcome.ticket else known.pk
        record(known, EventKind.STRANGER, by, what=what, address=mail.from_address, made=made)
        publish(TicketChanged(ticket_id=known.pk, brand_id=known.brand_id, fields=("strangers",)))
        who = by.name if by else _("The system")
        intake.write_outcome(mail, outcome.because(_("Decided by %(name)s.") % {"name": who}))
    return mail
