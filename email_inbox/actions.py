"""What a supervisor does about a mail that did not become a conversation by itself."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Conflict, Invalid
from email_inbox import intake
from email_inbox.handling import deliver
from email_inbox.models import InboundEmail, InboundState
from email_inbox.parsing import parse

RETRIABLE = (InboundState.FAILED, InboundState.QUARANTINED)


def reprocess(by: Agent, mail_id: int) -> InboundEmail:
    """Apply today's rules to a failed or quarantined mail again. Raises Conflict when it is neither any more."""
    again = InboundEmail.objects.filter(pk=mail_id, state__in=RETRIABLE)
    if not again.update(state=InboundState.RECEIVED, reason="", attempts=0):
        raise Conflict()
    intake.process(mail_id)
    return InboundEmail.objects.get(pk=mail_id)


def make_ticket_anyway(by: Agent, mail_id: int) -> InboundEmail:
    """Make a conversation of a quarantined mail, whatever the rules say.

    Raises Conflict when it is not quarantined any more, Invalid when it names nobody to answer.
    """
    with transaction.atomic():
        mail = (
            InboundEmail.objects.select_for_update(of=("self",))
            .select_related("mailbox__brand", "mailbox__team")
            .filter(pk=mail_id, state__in=RETRIABLE)
            .first()
        )
        if mail is None:
            raise Conflict()
        outcome = deliver(mail, parse(mail.original))
        if outcome.ticket is None:
            raise Invalid(outcome.reason)
        reason = _("Made a ticket by %(name)s.") % {"name": by.name}
        intake.write_outcome(mail, outcome.because(reason))
    return mail
