"""Mails for tests, in as few words as the case needs."""

from __future__ import annotations

import itertools

_numbers = itertools.count(1)


def mail(
    text: str = "Where is my parcel?",
    *,
    sender: str = "Mia Chen <mia@example.com>",
    to: str = "support@example.com",
    subject: str = "My parcel",
    message_id: str | None = None,
    **fields: str,
) -> bytes:
    """A whole mail; further fields by name with underscores, e.g. `in_reply_to="<1@x>"`."""
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: {message_id or f'<{next(_numbers)}@mail.example>'}",
        "Date: Tue, 03 Nov 2026 10:00:00 +0100",
        *(f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()),
    ]
    return "\r\n".join([*lines, "", text, ""]).encode()
