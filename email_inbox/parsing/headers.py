"""Header blocks (RFC 5322 2.2) and the text in them (RFC 2047), read tolerantly."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value

from email_inbox.parsing.charsets import decode
from email_inbox.parsing.limits import HEADER_BYTES, HEADER_FIELDS, VALUE_BYTES, WORDS_BYTES
from email_inbox.parsing.transfer import decode_base64

_LINE = re.compile(rb"([^\r\n]*)(?:\r{0,2}\n|\r|\Z)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_MBOX = re.compile(rb">?From (?![ \t]*:)[^\r\n]*\r?\n")
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?(.{0,4000}?)\?=", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one block in their order: lower-case names, unfolded values as bytes."""

    fields: tuple[tuple[str, bytes], ...]

    def all(self, name: str) -> list[bytes]:
        return [value for field, value in self.fields if field == name]

    def raw(self, name: str) -> bytes:
        """The first field of this name that is not empty, else an empty value."""
        return next((value for value in self.all(name) if value), b"")[:VALUE_BYTES]

    def text(self, name: str) -> str:
        return decode_words(self.raw(name))

    def has(self, name: str) -> bool:
        return any(field == name for field, _value in self.fields)


def read_headers(raw: bytes, start: int, end: int, *, top: bool = False) -> tuple[Headers, int]:
    """The header block that begins at `start`, and where the body after it begins.

    A line that is no field belongs to the one before, unless a body seems to begin there without a blank line.
    `top` skips what stands before the first field of a whole mail: mbox lines, blank lines, a byte order mark.
    """
    position = _skip_preamble(raw, start, end) if top else start
    stop = min(end, position + HEADER_BYTES)
    found: list[tuple[str, bytearray]] = []
    while position < stop and len(found) < HEADER_FIELDS:
        line = _LINE.match(raw, position, end)
        if line is None or not line[1]:
            return _frozen(found), line.end() if line else end
        if not line[1].strip(b" \t") and not _field_follows(raw, line.end(), end):
            return _frozen(found), line.end()
        field = None if line[1][:1] in b" \t" else _FIELD.match(line[1])
        if field:
            found.append((field[1].decode("ascii").lower(), bytearray(field[2].strip())))
        elif found and (line[1][:1] in b" \t" or _goes_on(raw, line.end(), end)):
            _continue(found[-1][1], line[1])
        else:
            return _frozen(found), position
        position = line.end()
    return _frozen(found), end if position >= end else _after_blank_line(raw, position, end)


def _skip_preamble(raw: bytes, start: int, end: int) -> int:
    position = start + 3 if raw.startswith(b"\xef\xbb\xbf", start) else start
    while position < min(end, start + 1000) and raw[position : position + 1] in (b"\r", b"\n"):
        position += 1
    mbox = _MBOX.match(raw, position, end)
    return mbox.end() if mbox else position


def _field_follows(raw: bytes, position: int, end: int) -> bool:
    """Whether a line of white space is followed by more of the block: then it is folded (RFC 5322 4.2), no end."""
    line = _LINE.match(raw, position, min(end, position + 1000))
    if line is None or not line[1].strip():
        return False
    return line[1][:1] in b" \t" or _FIELD.match(line[1]) is not None


def _goes_on(raw: bytes, position: int, end: int) -> bool:
    """Whether the line at `position` shows that the header block has not ended yet."""
    line = _LINE.match(raw, position, min(end, position + 1000))
    return line is not None and (not line[1].strip() or _FIELD.match(line[1]) is not None)


def _continue(value: bytearray, line: bytes) -> None:
    if len(value) < VALUE_BYTES:
        value += b" " + line.strip()


def _after_blank_line(raw: bytes, position: int, end: int) -> int:
    blank = re.compile(rb"\n\r?\n").search(raw, max(0, position - 1), end)
    return blank.end() if blank else end


def _frozen(found: list[tuple[str, bytearray]]) -> Headers:
    return Headers(tuple((name, bytes(value)) for name, value in found))


def decode_words(value: bytes, *, guess: bool = False) -> str:
    """A header value as text: encoded words decoded (RFC 2047), raw 8-bit bytes by the charset ladder."""
    value = value[:WORDS_BYTES]
    if b"=?" not in value:
        return decode(value, guess=guess)
    pieces: list[tuple[str, bytes]] = []
    position = 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        # White space between two encoded words is no part of the text (RFC 2047 6.2).
        if between.strip() or not pieces:
            pieces.append(("", between))
        pieces.append((word[1].decode("latin-1").lower(), _word_bytes(word)))
        position = word.end()
    pieces.append(("", value[position:]))
    return "".join(decode(data, charset, guess=guess) for charset, data in _joined(pieces))


def _word_bytes(word: re.Match[bytes]) -> bytes:
    return decode_base64(word[3]) if word[2] in b"bB" else binascii.a2b_qp(word[3], header=True)


def _joined(pieces: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Neighbours of one charset made one: some senders split a multi-byte character between two words."""
    joined: list[tuple[str, bytearray]] = []
    for charset, data in pieces:
        if joined and joined[-1][0] == charset:
            joined[-1][1].extend(data)
        else:
            joined.append((charset, bytearray(data)))
    return [(charset, bytes(data)) for charset, data in joined]


def parameter(value: bytes, name: str) -> str:
    """A parameter of a Content-Type or Content-Disposition value, RFC 2231 and encoded words decoded."""
    holder = Message()
    holder["Content-Type"] = decode(value[:VALUE_BYTES], guess=False)
    try:
        found = holder.get_param(name, "")
    except (ValueError, IndexError, UnicodeError, LookupError):
        return ""
    text = _collapsed(found)
    return decode_words(text.encode("utf-8", "replace")) if "=?" in text else text


def _collapsed(found: object) -> str:
    if isinstance(found, tuple):
        # (charset, language, bytes as latin-1): the ladder reads what the standard library would replace.
        return decode(str(found[2]).encode("latin-1", "replace"), str(found[0] or ""), guess=False)
    return str(collapse_rfc2231_value(str(found)))
