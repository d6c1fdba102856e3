"""What the product made of the mails: `python -m bench.email.ledger seed | done COUNT | times RUN`, as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from agents.models import Brand  # noqa: E402
from bench.email.mails import TO  # noqa: E402
from email_inbox.models import InboundEmail, InboundState, Mailbox  # noqa: E402

WAIT_SECONDS = 600


def seed() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("flush", verbosity=0, interactive=False)
    Mailbox.objects.create(address=TO, brand=Brand.objects.create(name="Bench", slug="bench"))


def done(count: int) -> dict[str, int]:
    """Wait until so many mails are messages, and say how many are."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = InboundEmail.objects.filter(state=InboundState.PROCESSED, message__isnull=False).count()
        if found >= count:
            break
        time.sleep(0.1)
    return {"messages": found}


def times(run: str) -> list[list[float]]:
    """[number of the mail, wall-clock time at which its message was there] of a run."""
    mails = InboundEmail.objects.filter(subject__startswith=f"Question {run}-", processed_at__isnull=False)
    found = mails.values_list("subject", "processed_at")
    return [[int(subject.rpartition("-")[2]), at.timestamp()] for subject, at in found if at is not None]


if __name__ == "__main__":
    words = sys.argv[1:]
    match words:
        case ["seed"]:
            seed()
        case ["done", count]:
            print(json.dumps(done(int(count))))
        case ["times", run]:
            print(json.dumps(times(run)))
        case _:
            sys.exit(__doc__)
