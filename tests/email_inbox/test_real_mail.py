"""A trial on mails that are not ours to keep here: REAL_MAIL_DIR=/path/to/mails pytest THIS_FILE

Each file whole, with CRLF line ends, cut at ten places and with ten bytes changed: none is lost, none fails, none
takes longer than 2 s.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from email_inbox.models import InboundEmail, InboundState
from tests.email_inbox.conftest import Deliver

FOLDER = os.environ.get("REAL_MAIL_DIR", "")
FILES = sorted(Path(FOLDER).rglob("*.eml")) if FOLDER else []

pytestmark = pytest.mark.django_db


def test_every_real_mail_is_accounted_for(deliver: Deliver) -> None:
    """Without REAL_MAIL_DIR there is nothing to try; the corpus of tests/data/emails is always tried."""
    chance = random.Random(int(os.environ.get("REAL_MAIL_SEED", "1")))
    for file in FILES:
        raw = file.read_bytes()
        unix = raw.replace(b"\r\n", b"\n")
        for variant in (raw, unix.replace(b"\n", b"\r\n"), *_damaged(raw, chance)):
            inbound = deliver(variant)
            assert inbound.state not in (InboundState.RECEIVED, InboundState.FAILED), file
            assert inbound.ticket_id or inbound.reason, file
            assert hashlib.sha256(inbound.original).hexdigest() == hashlib.sha256(variant).hexdigest(), file
    assert not InboundEmail.objects.filter(seconds__gt=2).exists()


def _damaged(raw: bytes, chance: random.Random) -> Iterator[bytes]:
    """Cut at ten places, and ten times with one byte more that is another one."""
    flipped = bytearray(raw)
    for _time in range(10 if raw else 0):
        yield raw[: chance.randrange(len(raw))]
        flipped[chance.randrange(len(raw))] ^= chance.randrange(1, 256)
        yield bytes(flipped)
