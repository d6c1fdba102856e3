"""What we sign so that an answer finds its ticket: the reply address and our Message-IDs.

Each carries 80 bits of HMAC-SHA-256 under a key derived from SECRET_KEY (docs/adr/012-threading.md), in lower-case
base 32 because addresses lose their case on the way. SECRET_KEY_FALLBACKS are accepted, so a key can be changed.
"""

from __future__ import annotations

import base64
import hmac
import re

from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "email_inbox.tokens"
_MAC_BYTES = 10
_REPLY = re.compile(r"\+([0-9a-z]{16})\.([a-z2-7]{16})@", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^([0-9a-z]{16})\.([a-z2-7]{16})@")
_MESSAGE_ID_IN_BYTES = re.compile(rb"<([0-9a-z]{16}\.[a-z2-7]{16}@[^\s<>@]{1,255})>")
_LONGEST_LOCAL_PART = 64


def reply_address(mailbox_address: str, ticket_public_id: str) -> str:
    """The address that leads an answer back to the ticket; the plain mailbox where the token does not fit.

    RFC 5321 4.5.3.1.1 allows 64 characters before the @; the signed Message-ID does the work then.
    """
    local, _at, domain = mailbox_address.rpartition("@")
    signed = f"{local.partition('+')[0]}+{ticket_public_id}.{_mac('reply', ticket_public_id)}"
    return f"{signed}@{domain}" if len(signed) <= _LONGEST_LOCAL_PART else mailbox_address


def ticket_in_address(address: str) -> str:
    """The public id of the ticket that we signed into this address, or an empty string."""
    found = _REPLY.search(address)
    return found[1].lower() if found and _is_ours("reply", found[1].lower(), found[2].lower()) else ""


def message_id(message_public_id: str, domain: str) -> str:
    """Our Message-ID without brackets: the same for every try to send this message."""
    return f"{message_public_id}.{_mac('message', message_public_id)}@{domain}"


def message_in_id(value: str) -> str:
    """The public id of our message that this Message-ID names, or an empty string when we did not sign it."""
    found = _MESSAGE_ID.match(value.lower())
    return found[1] if found and _is_ours("message", found[1], found[2]) else ""


def message_ids_within(content: bytes) -> list[str]:
    """Public ids of our messages whose signed Message-ID stands anywhere in `content`."""
    found = (message_in_id(match.decode("ascii", "replace")) for match in _MESSAGE_ID_IN_BYTES.findall(content))
    return list(dict.fromkeys(one for one in found if one))


def _mac(purpose: str, value: str, key: str | bytes | None = None) -> str:
    digest = salted_hmac(_SALT, f"{purpose}:{value}", secret=key, algorithm="sha256").digest()
    return base64.b32encode(digest[:_MAC_BYTES]).decode("ascii").lower()


def _is_ours(purpose: str, value: str, mac: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_mac(purpose, value, key), mac) for key in keys)
