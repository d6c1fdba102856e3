"""What bounds the work that one mail can cause. What lies beyond is kept in the original and as an attachment."""

from __future__ import annotations

HEADER_BYTES = 256 * 1024
"""Of one header block."""
HEADER_FIELDS = 2_000
VALUE_BYTES = 32 * 1024
"""Of one header field that is decoded or taken apart."""
WORDS_BYTES = 8 * 1024
"""Of one text with encoded words."""
ADDRESSES = 100
REFERENCES = 50
PARTS = 12_000
DEPTH = 50
ATTACHMENTS = 100
"""Stored one by one; a mail with more also gets its original attached."""
TEXT_CHARACTERS = 1_000_000
HTML_CHARACTERS = 1_000_000
HTML_AMPERSANDS = 100_000
"""A million of them cost nh3 10 s."""
HTML_TAGS = 20_000
HTML_OPEN = 250
"""Elements open at the same time. HTML parsers are quadratic in it: 100,000 cost 25 s (measured with nh3)."""
CHARSET_GUESSES = 8
GUESS_BYTES = 4_096
