"""Who is named in an address field (RFC 5322 3.4), as people's programs really write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import getaddresses

from core.text import clean_line
from email_inbox.parsing.headers import Headers, decode_words
from email_inbox.parsing.limits import ADDRESSES, VALUE_BYTES

_ATOM = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]"
# A domain in any script, or an address literal's remains; never the `?` and `=` of a broken encoded word.
_DOMAIN = r"[^\s<>()\[\]\\,;:@\"?=&%#!$'*+/^`{|}~\x00-\x1f\x7f]"
_ADDRESS = re.compile(rf"(?:{_ATOM}{{1,64}}|\"[^\"\\\r\n]{{1,62}}\")@{_DOMAIN}{{1,255}}")
_IN_BRACKETS = re.compile(r"<\s*([^<>]{3,320}?)\s*>")
_BEFORE_BRACKETS = re.compile(rf"({_ADDRESS.pattern})\s{{0,5}}<")
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?\s]{0,300}\?=")
_NO_TEXT = re.compile(r"[\ud800-\udfff]")
"""Bytes that are no UTF-8, as `surrogateescape` keeps them: fine in a name, which is decoded, never in an address."""
_TRAILING = ".,;'\""


@dataclass(frozen=True, slots=True)
class Address:
    """`address` as it was written; compare with `crm.actions.normalise_email`."""

    address: str
    name: str = ""


def usable(address: str) -> str:
    """The address trimmed when mail can be sent to it, else an empty string (RFC 5321 4.5.3.1 sizes)."""
    address = address.strip().strip("<>").rstrip(_TRAILING)
    is_usable = len(address) <= 254 and _ADDRESS.fullmatch(address) and not _NO_TEXT.search(address)
    return address if is_usable else ""


def parse_addresses(value: bytes) -> list[Address]:
    """Every usable address of one field, in order, each once."""
    value = value[:VALUE_BYTES]
    text = value.decode("utf-8", "surrogateescape")
    found = [Address(usable(address), _name(name)) for name, address in _split(text) if usable(address)]
    bracketed = [usable(match) for match in _IN_BRACKETS.findall(text)]
    missing = [Address(address, _name_before(text, address)) for address in bracketed if address]
    # `ceo@bank.example <crook@example.net>`: what stands before the brackets is a name, whatever it looks like.
    names = set(_BEFORE_BRACKETS.findall(text))
    found = [entry for entry in found if entry.address not in names or entry.address in bracketed]
    known = {entry.address for entry in found}
    found = [entry for entry in missing if entry.address not in known] + found
    if not found:
        # Not from within an encoded word: that is a name, or an attempt to smuggle an address in.
        bare = _ENCODED_WORD.sub(" ", " ".join(word for word in text.split() if not _NO_TEXT.search(word)))
        found = [Address(usable(match)) for match in _ADDRESS.findall(bare) if usable(match)]
    return list({entry.address.lower(): entry for entry in reversed(found)}.values())[::-1][:ADDRESSES]


def addresses_of(headers: Headers, *names: str) -> list[Address]:
    """The usable addresses of every field of these names, in the order of the names."""
    return [entry for name in names for value in headers.all(name) for entry in parse_addresses(value)][:ADDRESSES]


def _split(text: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([text])
    except (RecursionError, ValueError, IndexError, TypeError):
        # Comments nested thousands deep, and what else the standard library does not expect.
        return []


def _name(name: str) -> str:
    return clean_line(decode_words(name.encode("utf-8", "surrogateescape")), 200).strip("\"' ")


def _name_before(text: str, address: str) -> str:
    return _name(text[: max(0, text.find(address))].rpartition(",")[2].rstrip("< "))
