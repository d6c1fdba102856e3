"""What a supervisor does about a mail that did not become a conversation by itself."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import Conflict, Invalid
from crm.actions import normalise_email
from email_inbox import intake
from email_inbox.handling import deliver, thread_of
from email_inbox.mailboxes import is_ours
from email_inbox.models import BlockedSender, BlockKind, InboundEmail, InboundState, Mailbox
from email_inbox.parsing import parse

RETRIABLE = (InboundState.FAILED, InboundState.QUARANTINED, InboundState.SPAM, InboundState.HELD)

SHARED_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com"),
        *("icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de"),
        *("proton.me", "protonmail.com", "qq.com", "163.com", "126.com", "sina.com", "mail.ru", "yandex.ru"),
        *("yahoo.co.id", "yahoo.gr", "otenet.gr", "in.gr", "fastmail.com", "zoho.com"),
    }
)
"""Where whole peoples have their mailboxes: blocking one of these would shut out honest customers."""


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
        parsed = parse(mail.original)
        outcome = deliver(mail, parsed, thread_of(mail, parsed), may_hold=False)
        if outcome.ticket is None:
            raise Invalid(outcome.reason)
        reason = _("Made a ticket by %(name)s.") % {"name": by.name}
        intake.write_outcome(mail, outcome.because(reason))
    return mail


def block_sender(by: Agent, mail: InboundEmail, kind: str) -> BlockedSender:
    """Send what this mail's address (or its whole domain) writes to spam from now on; what is here already stays.

    Raises Invalid when it names no sender, or when the domain is one that we or everybody have mailboxes at.
    """
    address = normalise_email(mail.from_address)
    domain = address.rpartition("@")[2]
    if not address or not domain:
        raise Invalid(_("This mail names no sender."))
    if is_ours(address):
        raise Invalid(_("This is one of our own mailboxes."))
    if kind == BlockKind.DOMAIN and _is_shared(domain):
        raise Invalid(_("Many people write from %(domain)s: block the address instead.") % {"domain": domain})
    block, _created = BlockedSender.objects.get_or_create(
        brand=mail.mailbox.brand,
        kind=BlockKind.DOMAIN if kind == BlockKind.DOMAIN else BlockKind.ADDRESS,
        value=domain if kind == BlockKind.DOMAIN else address,
        defaults={"blocked_by": by},
    )
    return block


def _is_shared(domain: str) -> bool:
    return domain in SHARED_DOMAINS or Mailbox.objects.filter(address__endswith=f"@{domain}").exists()


def unblock_sender(block: BlockedSender) -> None:
    block.delete()
