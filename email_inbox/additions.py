"""What a mailbox puts under a mail (signature, news line, disclaimer), in the reader's language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.models import Agent
from core.text import clean_text
from email_inbox.models import Mailbox
from email_inbox.models.mailbox import PLACEHOLDERS
from tickets.models import Ticket

_PLACEHOLDER = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")


@dataclass(frozen=True, slots=True)
class Additions:
    """Plain text; each may be empty."""

    signature: str = ""
    news: str = ""
    disclaimer: str = ""
    acknowledgement: str = ""


def additions(mailbox: Mailbox, ticket: Ticket | None, agent: Agent | None) -> Additions:
    """The words of the mailbox in the language of the ticket's reader, else the mailbox's own."""
    words = _by_language(mailbox, _language(ticket))
    values = _values(mailbox, ticket, agent)
    return Additions(**{name: fill(text, values) for name, text in words.items()})


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with the known placeholders replaced; other braces stay as they are."""
    return clean_text(_PLACEHOLDER.sub(lambda found: values[found[1]], text)).strip()


def _language(ticket: Ticket | None) -> str:
    return (ticket.language or ticket.customer.language).lower() if ticket else ""


def _by_language(mailbox: Mailbox, language: str) -> dict[str, str]:
    names = ("signature", "news", "disclaimer", "acknowledgement")
    found = {name: str(getattr(mailbox, name)) for name in names}
    if language:
        # `pt` first, then what `pt-br` says differently.
        wanted = sorted({language, language.replace("_", "-").partition("-")[0]}, key=len)
        by_language = {row.language: row for row in mailbox.words.filter(language__in=wanted)}
        for code in wanted:
            row = by_language.get(code)
            found |= {name: getattr(row, name) for name in names if row is not None and getattr(row, name)}
    return found


def _values(mailbox: Mailbox, ticket: Ticket | None, agent: Agent | None) -> dict[str, str]:
    team = ticket.team if ticket and ticket.team else mailbox.team
    return {
        "agent": agent.name if agent else "",
        "team": team.name if team else "",
        "brand": mailbox.brand.name,
        "mailbox": mailbox.address,
        "number": str(ticket.pk) if ticket else "",
    }
