"""Mail that is no answer on a ticket: transcripts, reports, notices. Sent by whichever app can send mail.

The hub owns the protocol because a channel may not know its sibling: chat asks here, email_inbox registers itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from agents.models import Brand
from core.errors import Invalid
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one reader.

    Attributes:
        to: an email address, checked (`crm.actions.check_email`).
        text: always present; `html` is safe HTML or empty.
        ticket: an answer to the letter comes back to this ticket, when given.
        kind: for the ledger and for limits, such as "transcript".
    """

    brand: Brand
    to: str
    subject: str
    text: str
    html: str = ""
    ticket: Ticket | None = None
    kind: str = "letter"


class Post(Protocol):
    """What can send letters."""

    def can_send(self, brand: Brand) -> bool: ...

    def enqueue(self, letter: Letter) -> None:
        """Write an outbox row in the running transaction; never talk to the outside here."""
        ...


_post: Post | None = None


def register(post: Post) -> None:
    """Called once from the sending app's `AppConfig.ready`."""
    global _post
    _post = post


def can_send(brand: Brand) -> bool:
    """Whether the brand has an address to send from."""
    return _post is not None and _post.can_send(brand)


def send_letter(letter: Letter) -> None:
    """Put a letter into the outbox; it leaves after the surrounding transaction commits.

    Raises Invalid when the brand has no mailbox to send from.
    """
    if _post is None or not _post.can_send(letter.brand):
        raise Invalid(_("This brand has no active mailbox to send from."), code="no_mailbox")
    _post.enqueue(letter)
