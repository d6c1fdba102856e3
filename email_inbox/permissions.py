"""The door to the ledger: supervisors see the mail of their brands, administrators all."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from agents.models import Agent
from agents.permissions import check_supervisor, visible_brands
from core.errors import NotFound
from email_inbox.models import BlockedSender, InboundEmail, MailAccount


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


def visible_accounts(agent: Agent | AnonymousUser) -> QuerySet[MailAccount]:
    """The IMAP accounts of the supervisor's brands. Raises Forbidden for anybody else."""
    check_supervisor(agent)
    brands = visible_brands(agent) if isinstance(agent, Agent) else ()
    return MailAccount.objects.select_related("mailbox").filter(mailbox__brand__in=brands)


def visible_blocks(agent: Agent | AnonymousUser) -> QuerySet[BlockedSender]:
    """The blocked senders of the supervisor's brands. Raises Forbidden for anybody else."""
    check_supervisor(agent)
    brands = visible_brands(agent) if isinstance(agent, Agent) else ()
    return BlockedSender.objects.select_related("brand", "blocked_by").filter(brand__in=brands)


def access_block(agent: Agent | AnonymousUser, pk: int) -> BlockedSender:
    """One blocked sender. Raises Forbidden, or NotFound for another brand's."""
    block = visible_blocks(agent).filter(pk=pk).first()
    if block is None:
        raise NotFound()
    return block


def signed_in_agent(user: object) -> Agent:
    """The agent behind a request that `login_required` has let in."""
    assert isinstance(user, Agent)
    return user
