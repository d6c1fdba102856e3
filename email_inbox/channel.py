"""Email as the hub sees it (`tickets.channels`)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from email_inbox.handling import CHANNEL
from email_inbox.models import PendingReply, PendingState
from email_inbox.outbox import MOST_CHARACTERS, check_can_reply, enqueue_reply
from tickets.models import Message, Ticket


class EmailChannel:
    key = CHANNEL
    label: str | Promise = gettext_lazy("Email")
    icon = "mail"
    max_characters = MOST_CHARACTERS

    def recipient(self, ticket: Ticket) -> str:
        return _("Email to %(address)s") % {"address": check_can_reply(ticket).to}

    def still_running(self, ticket: Ticket) -> str:
        if PendingReply.objects.filter(ticket=ticket, state=PendingState.WAITING).exists():
            return _("An answer of #%(number)s has not left yet: send it or take it back first.") % {
                "number": ticket.pk
            }
        return ""

    def enqueue(self, message: Message) -> None:
        enqueue_reply(message)
