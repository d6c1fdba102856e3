"""The door to the ledger: supervisors see the mail of their brands, administrators all."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from agents.models import Agent
from agents.permissions import check_supervisor, visible_brands
from core.errors import NotFound
from email_inbox.models import InboundEmail


def visible_mails(agent: Agent | AnonymousUser) -> QuerySet[InboundEmail]:
    """The rows of the ledger that `agent` may see. Raises Forbidden for anybody but supervisors."""
    check_supervisor(agent)
    brands = visible_brands(agent) if isinstance(agent, Agent) else ()
    return InboundEmail.objects.select_related("mailbox__brand", "ticket", "message").filter(mailbox__brand__in=brands)


def access_mail(agent: Agent | AnonymousUser, pk: int) -> InboundEmail:
    """One row of the ledger. Raises Forbidden, or NotFound for a mail of another brand."""
    mail = visible_mails(agent).filter(pk=pk).first()
    if mail is None:
        raise NotFound()
    return mail
