"""Reads for the supervisors' page."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from email_inbox.models import InboundEmail, InboundState, MailAccount


def by_state(mails: QuerySet[InboundEmail]) -> dict[str, int]:
    """How many of `mails` are in each state, states without any included."""
    counted = dict(mails.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state, 0) for state in InboundState.values}


def search(mails: QuerySet[InboundEmail], words: str) -> QuerySet[InboundEmail]:
    """Mails whose sender, subject, Message-ID or reason holds all of `words`."""
    for word in words.split()[:8]:
        mails = mails.filter(
            Q(from_address__icontains=word)
            | Q(subject__icontains=word)
            | Q(header_id__icontains=word)
            | Q(reason__icontains=word)
        )
    return mails


def in_trouble(accounts: QuerySet[MailAccount]) -> QuerySet[MailAccount]:
    """Accounts in use whose mail does not come in as it should."""
    return accounts.filter(is_active=True, mailbox__is_active=True).exclude(last_error="", alarm="")
