"""The mails of the measurement: distinct, and of the sizes that mailboxes see."""

from __future__ import annotations

import base64
import random
from email.message import EmailMessage
from email.policy import SMTP

KINDS = {"plain": 1_500, "attachment": 150_000}
"""Kind: bytes of its text, or of its file before base 64."""

TO = "support@bench.example"


def make(kind: str, count: int, run: str) -> list[bytes]:
    return [_mail(kind, f"{run}-{kind}-{number}") for number in range(count)]


def _mail(kind: str, name: str) -> bytes:
    chance = random.Random(name)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Customer {name} <{name}@customers.example>"
    mail["To"] = TO
    mail["Subject"] = f"Question {name}"
    mail["Message-ID"] = f"<{name}@customers.example>"
    mail["Date"] = "Tue, 03 Nov 2026 10:00:00 +0100"
    words = ["where", "is", "my", "parcel", "please", "the", "order", "did", "not", "arrive", "thank", "you"]
    mail.set_content("\n".join(" ".join(chance.choices(words, k=10)) for _line in range(KINDS["plain"] // 50)))
    if kind == "attachment":
        content = base64.b85encode(chance.randbytes(KINDS[kind] * 4 // 5))
        mail.add_attachment(content, "application", "octet-stream", filename="data.bin")
    return mail.as_bytes()
