"""What an account gave us: mails into the ledger, and their numbers beside them. Call inside the run's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.text import clean_line
from email_inbox import intake
from email_inbox.handling import Outcome
from email_inbox.imap import Listed
from email_inbox.models import (
    AfterFetch,
    FetchedMail,
    InboundEmail,
    InboundState,
    MailAccount,
    Source,
)


def store(account: MailAccount, found: dict[int, bytes]) -> list[int]:
    """Store mails by their number; return the ledger's ids to process, in the folder's order.

    Written in the order of the fingerprints: two that store the same mails then wait for each other, never in a ring.
    """
    new = _not_yet_here(account, found)
    now = timezone.now()
    arrivals: dict[int, InboundEmail] = {}
    for uid in sorted(new, key=lambda one: intake.which(found[one])):
        at = now + timedelta(microseconds=new.index(uid))
        arrivals[uid] = intake.receive(found[uid], account.mailbox, Source.IMAP, now=at)
    done = account.after_fetch == AfterFetch.NOTHING
    _write([_row(account, uid, inbound=arrivals[uid], is_tidied=done) for uid in new])
    return [arrivals[uid].pk for uid in new if arrivals[uid].state == InboundState.RECEIVED]


def store_headers(account: MailAccount, headers: Sequence[tuple[Listed, bytes]]) -> None:
    """Mails over the limit stay on the server, untouched; the ledger shows that they are there."""
    new = _not_yet_here(account, [one.uid for one, _header in headers])
    for large, header in headers:
        if large.uid not in new:
            continue
        inbound = intake.receive(header, account.mailbox, Source.IMAP)
        reason = _("With %(size)d MB it is larger than allowed. It was left on the server; this is its header.")
        if inbound.state == InboundState.RECEIVED:
            outcome = Outcome(InboundState.QUARANTINED, reason % {"size": large.size // 1_000_000})
            intake.write_outcome(inbound, outcome)
        _write([_row(account, large.uid, inbound=inbound, is_tidied=True)])


def store_problem(account: MailAccount, uid: int, reason: str) -> None:
    """Remember that the server could not give this mail; the comparison with the server tries it again."""
    _write([_row(account, uid, problem=clean_line(reason, 300), is_tidied=True)])


def mark_tidied(account: MailAccount, uids: Iterable[int]) -> None:
    _ours(account).filter(uid__in=uids).update(is_tidied=True)


def untidied(account: MailAccount) -> QuerySet[FetchedMail, int]:
    """Numbers of mails that a crash after the commit left as they were on the server."""
    return _ours(account).filter(is_tidied=False).order_by("uid").values_list("uid", flat=True)


def uids(account: MailAccount) -> set[int]:
    """The numbers of all mails of the folder that are here."""
    return set(_ours(account).values_list("uid", flat=True).iterator())


def _not_yet_here(account: MailAccount, found: Iterable[int]) -> list[int]:
    here = _ours(account).filter(uid__in=list(found)).values_list("uid", flat=True)
    return sorted(set(found) - set(here))


def _ours(account: MailAccount) -> QuerySet[FetchedMail]:
    return FetchedMail.objects.filter(account=account, uidvalidity=account.uidvalidity, problem="")


def _row(
    account: MailAccount, uid: int, *, inbound: InboundEmail | None = None, problem: str = "", is_tidied: bool
) -> FetchedMail:
    return FetchedMail(
        account=account,
        uidvalidity=account.uidvalidity,
        uid=uid,
        inbound=inbound,
        problem=problem,
        is_tidied=is_tidied,
    )


def _write(rows: list[FetchedMail]) -> None:
    FetchedMail.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account", "uidvalidity", "uid"],
        update_fields=["inbound", "problem", "is_tidied"],
    )
