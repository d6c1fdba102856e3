"""Message-IDs (RFC 5322 3.6.4) in a form that can be stored and compared."""

from __future__ import annotations

import hashlib
import re

from email_inbox.parsing.limits import REFERENCES

_BRACKETED = re.compile(rb"<\s*([^<>\x00-\x1f]{1,2000}?)\s*>")
_BARE = re.compile(rb"[^\s<>,;\"]{1,998}@[^\s<>,;\"]{1,998}")
_LONGEST = 200


def message_ids(value: bytes) -> list[str]:
    """The ids in a field, without their brackets, each once, in order; the last ones when there are very many."""
    found = _BRACKETED.findall(value) or _BARE.findall(value)
    return list(dict.fromkeys(_storable(one) for one in found))[-REFERENCES:]


def _storable(value: bytes) -> str:
    """As text without white space; a very long one as its hash, so that an index can hold it."""
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]", "", value.decode("utf-8", "replace"))
    return text if len(text) <= _LONGEST else "sha256:" + hashlib.sha256(value).hexdigest()
