"""Mail bytes in, a frozen `ParsedMail` out. Pure: no database, no network, no clock.

Every function accepts any bytes, never raises for them, and is bounded in time and memory (`limits`).
Why structure is split here and not by `email.parser`: docs/adr/011-own-mime-splitter.md.
"""

from email_inbox.parsing.addresses import Address
from email_inbox.parsing.fingerprint import fingerprint
from email_inbox.parsing.mail import FoundAttachment, ParsedMail, parse
from email_inbox.parsing.quotes import split_quote
from email_inbox.parsing.summary import UNREADABLE, Summary, looks_like_mail, read_top_headers, summarise

__all__ = [
    "UNREADABLE",
    "Address",
    "FoundAttachment",
    "ParsedMail",
    "Summary",
    "fingerprint",
    "looks_like_mail",
    "parse",
    "read_top_headers",
    "split_quote",
    "summarise",
]
