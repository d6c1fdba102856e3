"""What is known about the addresses that we write to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from core.text import clean_line
from crm.actions import normalise_email
from email_inbox.models import AddressState, MailAddress

_PASSING = re.compile(r"\b4\.\d{1,3}\.\d{1,3}\b|\b5\.2\.2\b|\b4[2-5]\d\b")
"""RFC 3463: class 4 is for now; 5.2.2 is a full mailbox, which its owner can empty."""


def is_for_good(reason: str) -> bool:
    """Whether what the other server said means that the address takes no mail, rather than not just now."""
    return not _PASSING.search(reason)


def note_bounce(address: str, reason: str, *, now: datetime | None = None) -> None:
    """The address does not exist or refuses mail for good (RFC 3463: a class 5 status)."""
    address = normalise_email(address)
    if not address:
        return
    now, why = now or timezone.now(), clean_line(reason, 300)
    known, is_new = MailAddress.objects.get_or_create(
        address=address,
        defaults={"state": AddressState.BOUNCED, "reason": why, "bounces": 1, "changed_at": now},
    )
    if not is_new:
        MailAddress.objects.filter(pk=known.pk).update(
            state=AddressState.BOUNCED, reason=why, bounces=F("bounces") + 1, changed_at=now
        )


def note_alive(address: str, *, now: datetime | None = None) -> None:
    """Mail came from the address: it is there."""
    bounced = MailAddress.objects.filter(address=normalise_email(address), state=AddressState.BOUNCED)
    bounced.update(state=AddressState.OK, changed_at=now or timezone.now())


def bounced_among(addresses: Iterable[str]) -> dict[str, str]:
    """Those to which mail came back, with the reason."""
    wanted = {normalise_email(address) for address in addresses}
    bounced = MailAddress.objects.filter(address__in=wanted, state=AddressState.BOUNCED)
    return dict(bounced.order_by("address").values_list("address", "reason"))
