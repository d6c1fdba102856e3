"""The visitor's secret. The browser makes it, so that a start whose answer was lost can simply be repeated."""

from __future__ import annotations

import hashlib
import re

from chat.errors import BadToken

# 22 characters of base64url are 132 bits; far fewer than 10 different ones never come out of a random generator.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{22,128}\Z")
_LEAST_DIFFERENT = 10


def hash_token(token: str) -> str:
    """SHA-256 in hex: all that is ever stored. Raises BadToken for what cannot be 128 random bits.

    A plain hash is enough: there is nothing to guess in a random token (unlike a password).
    """
    if not _SHAPE.match(token) or len(set(token)) < _LEAST_DIFFERENT:
        raise BadToken()
    return hashlib.sha256(token.encode()).hexdigest()
