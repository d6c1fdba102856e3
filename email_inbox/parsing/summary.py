"""The few facts that the ledger shows of every arrival, taken before and apart from the full parse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.text import clean_line
from email_inbox.parsing.addresses import addresses_of
from email_inbox.parsing.dates import parse_date
from email_inbox.parsing.headers import Headers, read_headers
from email_inbox.parsing.ids import message_ids

_MAIL_FIELDS = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "received",
    "mime-version",
    "return-path",
    "content-type",
}
_BINARY = re.compile(rb"[\x00-\x08]")


@dataclass(frozen=True, slots=True)
class Summary:
    message_id: str
    from_address: str
    reply_to: str
    subject: str
    sent_at: datetime | None
    recipients: tuple[str, ...]
    """Lower-case addresses that the mail says it is for, the most reliable field first."""


UNREADABLE = Summary("", "", "", "", None, ())
"""What the ledger shows of a mail that even `summarise` could not read."""


def summarise(raw: bytes) -> Summary:
    """Never raises; what cannot be read is empty."""
    return summary_of(read_top_headers(raw))


def read_top_headers(raw: bytes) -> Headers:
    """The header fields of the mail itself."""
    headers, _body = read_headers(raw, 0, len(raw), top=True)
    return headers


def summary_of(headers: Headers) -> Summary:
    identified = addresses_of(headers, "from", "reply-to", "return-path", "sender")
    replies = addresses_of(headers, "reply-to")
    return Summary(
        message_id=next(iter(message_ids(headers.raw("message-id"))), ""),
        from_address=identified[0].address if identified else "",
        reply_to=replies[0].address if replies else "",
        subject=clean_line(headers.text("subject"), 300),
        sent_at=parse_date(headers.text("date")),
        recipients=tuple(
            entry.address.lower()
            for entry in addresses_of(headers, "delivered-to", "x-original-to", "envelope-to", "to", "cc")
        ),
    )


def looks_like_mail(raw: bytes) -> bool:
    """Whether a file that is not called .eml is a mail: it begins with a header field that mails have."""
    if _BINARY.search(raw[:200]):
        return False
    headers, _body = read_headers(raw, 0, len(raw), top=True)
    return any(name in _MAIL_FIELDS for name, _value in headers.fields)
