"""Opaque ids for everything a customer may see."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O, U, so an id can be read out on the telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def opaque_id() -> str:
    """16 characters, 80 random bits, lower case: safe in an address, a URL and a subject."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


def secret_token() -> str:
    """A bearer secret of 192 random bits, URL-safe. Store only its hash."""
    return secrets.token_urlsafe(24)
