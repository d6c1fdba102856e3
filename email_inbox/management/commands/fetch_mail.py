"""`manage.py fetch_mail`: look into the IMAP accounts now, whenever their next look is due."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.text import clean_line
from core.work import claim
from email_inbox.fetching import LEASE, active_accounts, fetch
from email_inbox.intake import process
from email_inbox.models import MailAccount


class Command(BaseCommand):
    help = "Fetch new mail from the IMAP accounts now. Prints one line per account; exit code 1 when one failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mailbox", metavar="ADDRESS", default="", help="only the accounts of this mailbox")

    def handle(self, *args: Any, mailbox: str, **options: Any) -> None:
        accounts = active_accounts()
        if mailbox:
            accounts = accounts.filter(mailbox__address=mailbox.strip().lower())
            if not accounts.exists():
                raise CommandError(f"the mailbox {clean_line(mailbox, 80)} has no active IMAP account")
        failed = [account for account in accounts if not self._fetch(account)]
        if failed:
            sys.exit(1)

    def _fetch(self, account: MailAccount) -> bool:
        MailAccount.objects.filter(pk=account.pk).update(due_at=timezone.now())
        total = 0
        while claimed := claim(active_accounts().filter(pk=account.pk), limit=1, lease=LEASE, now=timezone.now()):
            (account,) = claimed
            run = fetch(account)
            for pk in run.ids:
                process(pk)
            total += len(run.ids)
            if account.last_error or run.is_complete:
                break
        else:
            self.stdout.write(f"{account}: is being fetched just now")
            return True
        self.stdout.write(f"{account}: {total} new{f', {account.last_error}' if account.last_error else ''}")
        return not account.last_error
