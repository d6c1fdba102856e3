"""Which mail is this? (docs/adr/010-which-mail-is-the-same.md)"""

from __future__ import annotations

import hashlib
import re

from email_inbox.parsing.headers import Headers, read_headers

_SPACE = re.compile(rb"\s+")
# Content-Type too: the same bytes under another charset or boundary read differently.
_IDENTITY = ("message-id", "from", "date", "subject", "content-type", "content-transfer-encoding")


def fingerprint(raw: bytes) -> str:
    """SHA-256 (hex) of what a mail says and how it is to be read; line endings are made one.

    That is Message-ID, From, Date, Subject, the type and encoding of the body, and the body.
    Trace fields are left out, so that one mail that came over two ways is one. Only a mail that has neither
    Message-ID nor Date is told apart by its way: two people may well write "Please call me" without either.
    """
    headers, body = read_headers(raw, 0, len(raw), top=True)
    digest = hashlib.sha256()
    for name in _names(headers):
        for value in headers.all(name):
            digest.update(name.encode() + b":" + _SPACE.sub(b" ", value).strip() + b"\n")
    digest.update(b"\n" + _with_one_line_end(raw[body:]).rstrip(b"\n"))
    return digest.hexdigest()


def _with_one_line_end(body: bytes) -> bytes:
    # Replacements, not a regular expression: 50 MB of line ends must not take seconds.
    return body.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _names(headers: Headers) -> tuple[str, ...]:
    if headers.raw("message-id") or headers.raw("date"):
        return _IDENTITY
    return (*_IDENTITY, "received")
