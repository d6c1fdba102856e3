"""Fetching mail from accounts: every mail once, however often anything breaks (docs/adr/015-imap-cursor.md).

A run holds the account's lease. Mails, their numbers and the cursor are committed in one transaction, which also
proves that the lease is still held; only then is anything changed on the server. Each account runs in a thread of its
own, so a slow server delays nobody else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.work import backoff, claim, postpone
from email_inbox import fetched, intake
from email_inbox.imap import Listed, NotFetched, Session, open_session
from email_inbox.models import AfterFetch, MailAccount

logger = logging.getLogger(__name__)

RUN = timedelta(seconds=90)
# Outlives a run and the transaction at its end, so nobody fetches beside a living fetcher.
LEASE = timedelta(seconds=150)
EVERY = timedelta(seconds=12)  # the tick comes every 15 s
COMPARE_EVERY = timedelta(minutes=10)
AT_ONCE = 50
BYTES_AT_ONCE = 16 * 1024 * 1024
# With so many failed looks behind it, a mail at which the connection ends is passed over.
PASS_OVER_AFTER = 3

_threads = threading.BoundedSemaphore(16)


class LeaseLost(Exception):
    """Somebody else fetches this account now."""


def active_accounts() -> QuerySet[MailAccount]:
    return MailAccount.objects.filter(is_active=True, mailbox__is_active=True).select_related("mailbox")


def start_due() -> int:
    """Fetch the due accounts in threads, without waiting for them; return how many began."""
    started = 0
    while _threads.acquire(blocking=False):
        try:
            claimed = claim(active_accounts(), limit=1, lease=LEASE, now=timezone.now())
        except BaseException:
            _threads.release()
            raise
        if not claimed:
            _threads.release()
            break
        # A daemon: a worker that is told to end does not wait for a mail server; the lease runs out.
        threading.Thread(target=_in_thread, args=claimed, name=f"fetch-{claimed[0].pk}", daemon=True).start()
        started += 1
    return started


def _in_thread(account: MailAccount) -> None:
    try:
        for pk in fetch(account).ids:
            intake.process(pk)
    except (OperationalError, InterfaceError) as error:
        logger.warning("account %s waits: no database (%s)", account.pk, type(error).__name__)
    except Exception:
        logger.exception("account %s could not be fetched", account.pk)
    finally:
        connections.close_all()
        _threads.release()


def fetch(account: MailAccount) -> Run:
    """One run over a claimed account: store what is new, tidy up there, give the lease back.

    What the server does wrong becomes the account's `last_error` and a later time. Raises DatabaseError.
    """
    run = Run(account, until=timezone.now() + RUN * 0.8)
    try:
        with open_session(account, seconds=RUN.total_seconds()) as session:
            run.go(session)
    except LeaseLost:
        logger.warning("account %s: the lease was lost", account.pk)
    except NotFetched as error:
        logger.info("account %s: %s", account.pk, error.reason)
        postpone(account, until=timezone.now() + backoff(account.attempts, first=15), error=error.reason)
    else:
        now = timezone.now()
        until = now + EVERY if run.is_complete else now
        postpone(account, until=until, error=run.complaint, attempts=0, fetched_at=now)
    return run


class Run:
    """One look into an account. `ids` of the ledger are what came in, in the folder's order; `complaint` is what the
    server refused to do with mails that are safe here."""

    def __init__(self, account: MailAccount, *, until: datetime) -> None:
        self.ids: list[int] = []
        self.is_complete = True
        self.complaint = ""
        self._account = account
        self._until = until

    def go(self, session: Session) -> None:
        account = self._account
        self._folder = session.select()
        if account.uidvalidity != self._folder.uidvalidity:  # the numbers mean other mails now: look at all of them
            self._hold(uidvalidity=self._folder.uidvalidity, last_uid=0, reconciled_at=None)
        self._tidy(list(fetched.untidied(account)[:AT_ONCE]))
        while listed := self._folder.after(account.last_uid):
            for part in _portions(listed, 1 if account.attempts > 1 else AT_ONCE):
                self._take(part, cursor=part[-1].uid)
                if timezone.now() > self._until:
                    self.is_complete = False
                    return
            self._folder = session.select()
        if account.reconciled_at is None or timezone.now() - account.reconciled_at > COMPARE_EVERY:
            self._reconcile()

    def _take(self, part: list[Listed], *, cursor: int) -> None:
        """Store a portion and move the cursor with it in one transaction; then tidy up on the server."""
        account = self._account
        large = [one for one in part if one.size > settings.EMAIL_MAX_BYTES]
        small = [one.uid for one in part if one not in large]
        try:
            found = self._folder.contents(small) if small else {}
            headers = [(one, self._folder.header_of(one.uid)) for one in large]
        except NotFetched as error:
            if error.connection_lost and len(part) == 1 and account.attempts >= PASS_OVER_AFTER:
                self._pass_over(part[0].uid, error.reason, cursor)
            raise
        with transaction.atomic():
            self._hold(last_uid=cursor)
            stored = fetched.store(account, found)
            fetched.store_headers(account, headers)
        self.ids += stored
        self._tidy(sorted(found))

    def _pass_over(self, uid: int, reason: str, cursor: int) -> None:
        with transaction.atomic():
            self._hold(last_uid=cursor)
            fetched.store_problem(self._account, uid, reason)

    def _tidy(self, uids: list[int]) -> None:
        """What fails here is repeated at the next look, and hinders no mail from coming in."""
        account = self._account
        if not uids or account.after_fetch == AfterFetch.NOTHING:
            return
        try:
            self._folder.tidy(uids, account.after_fetch, account.move_to)
        except NotFetched as error:
            if error.connection_lost:
                raise
            self.complaint = _("The mails came in, but were left as they are on the server: %s") % error.reason
        else:
            fetched.mark_tidied(account, uids)

    def _reconcile(self) -> None:
        """Compare the server's numbers with ours up to the cursor, fetch what is missing, say so when some still is."""
        account = self._account
        there = {uid for uid in self._folder.all_uids() if uid <= account.last_uid}
        missing = sorted(there - fetched.uids(account))
        for start in range(0, len(missing), AT_ONCE):
            listed = self._folder.sizes(missing[start : start + AT_ONCE])
            for part in _portions(listed, 1 if account.alarm else AT_ONCE):
                self._take(part, cursor=account.last_uid)
        here = there & fetched.uids(account)
        lost = len(there) - len(here)
        alarm = _("Mails on the server that could not be fetched: %(count)d") % {"count": lost} if lost else ""
        if alarm:
            logger.warning("account %s: %s of %s mails are missing here", account.pk, lost, len(there))
        self._hold(server_count=len(there), our_count=len(here), reconciled_at=timezone.now(), alarm=alarm)

    def _hold(self, **changes: object) -> None:
        """Write to the account's row under the lease. Raises LeaseLost, which undoes the caller's transaction."""
        held = MailAccount.objects.filter(pk=self._account.pk, lease_token=self._account.lease_token)
        if not held.update(**changes):
            raise LeaseLost
        for name, value in changes.items():
            setattr(self._account, name, value)


def _portions(listed: Sequence[Listed], most: int) -> Iterator[list[Listed]]:
    part: list[Listed] = []
    size = 0
    for one in listed:
        if part and (len(part) >= most or size + one.size > BYTES_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(one)
        size += one.size
    if part:
        yield part
