"""`manage.py ingest_email`: mails from files, folders or standard input, through the same door as any other."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from core.text import clean_line
from email_inbox.intake import process, receive
from email_inbox.mailboxes import first_mailbox
from email_inbox.models import InboundEmail, InboundState, Mailbox, Source
from email_inbox.parsing import looks_like_mail, summarise

NOT_A_MAIL = "skipped"
NOT_STORED = "not stored"


class Command(BaseCommand):
    help = (
        "Take in mails from files and folders, or one mail from standard input. Prints one line per mail. "
        "Without --mailbox a mail goes to the mailbox that it is addressed to, else to the oldest active one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="FILE|DIR", type=Path)
        parser.add_argument("--mailbox", metavar="ADDRESS", default="")

    def handle(self, *args: Any, paths: list[Path], mailbox: str, **options: Any) -> None:
        connection.ensure_connection()  # one clear word about a database that is away, not one per file
        self._fixed = self._named(mailbox)
        self._counts: Counter[str] = Counter()
        if paths:
            for path in paths:
                self._take_path(path)
        else:
            self._take("-", sys.stdin.buffer.read())
        total = sum(self._counts.values())
        detail = ", ".join(f"{count} {state}" for state, count in sorted(self._counts.items()))
        self.stdout.write(f"{total} files: {detail or 'nothing to do'}")
        if self._counts[NOT_STORED]:
            sys.exit(1)

    def _named(self, address: str) -> Mailbox | None:
        if not address:
            return None
        mailbox = first_mailbox([address])
        if mailbox is None:
            raise CommandError(f"there is no active mailbox {clean_line(address, 80)}")
        return mailbox

    def _take_path(self, path: Path) -> None:
        if not path.exists():
            self._line(str(path), NOT_STORED, "there is no such file")
            return
        for file in _files(path):
            try:
                raw = file.read_bytes()
            except OSError as error:
                self._line(str(file), NOT_STORED, error.strerror or type(error).__name__)
                continue
            if file.suffix.lower() != ".eml" and path != file and not looks_like_mail(raw):
                self._line(str(file), NOT_A_MAIL, "not a mail")
            else:
                self._take(str(file), raw)

    def _take(self, name: str, raw: bytes) -> None:
        try:
            mailbox = self._fixed or self._mailbox_of(raw)
            if mailbox is None:
                raise CommandError("there is no active mailbox yet: add one in the administration")
            inbound = receive(raw, mailbox, Source.COMMAND)
            inbound = process(inbound.pk) or InboundEmail.objects.get(pk=inbound.pk)
        except DatabaseError as error:
            self._line(name, NOT_STORED, clean_line(str(error), 200))
            return
        self._line(name, inbound.state, _outcome(inbound))

    def _mailbox_of(self, raw: bytes) -> Mailbox | None:
        named = first_mailbox(summarise(raw).recipients)
        return named or Mailbox.objects.filter(is_active=True).order_by("pk").first()

    def _line(self, name: str, state: str, detail: str) -> None:
        self._counts[str(state)] += 1
        self.stdout.write(f"{name}: {state}{f', {detail}' if detail else ''}")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    yield from (file for file in sorted(path.rglob("*")) if file.is_file())


def _outcome(inbound: InboundEmail) -> str:
    """What became of it in a few words: where it is, and why."""
    if inbound.duplicate_of_id:
        first = InboundEmail.objects.get(pk=inbound.duplicate_of_id)
        return f"{inbound.reason} (mail {first.pk}{f', ticket #{first.ticket_id}' if first.ticket_id else ''})"
    if inbound.state == InboundState.RECEIVED:
        return "stored, to be processed by the worker"
    where = f"ticket #{inbound.ticket_id}" if inbound.ticket_id else ""
    number = f"message {inbound.message.seq}" if inbound.message else ""
    return ", ".join(part for part in (where, number, inbound.reason) if part)
