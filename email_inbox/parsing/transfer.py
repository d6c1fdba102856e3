"""Content-Transfer-Encoding undone, with the repairs that real mail needs."""

from __future__ import annotations

import binascii
import re

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(sorted(set(range(256)) - set(_BASE64 + b"=")))
_PADDING = re.compile(rb"=+")


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """`data` without its transfer encoding. An unknown encoding (or 7bit, 8bit, binary) leaves it as it is."""
    encoding = encoding.strip(" \t;\"'").lower()
    if encoding.startswith("base64"):
        return decode_base64(data)
    if encoding.startswith("quoted"):
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return decode_uu(data)
    return data


def decode_base64(data: bytes) -> bytes:
    """Ignores foreign characters and missing padding; several padded pieces in a row are each decoded."""
    data = data.translate(None, _NOT_BASE64).rstrip(b"=")
    if b"=" not in data:
        return _base64_piece(data)
    pieces = _PADDING.split(data)
    return b"".join(_base64_piece(piece) for piece in pieces if piece)


def _base64_piece(piece: bytes) -> bytes:
    # One left-over character holds six bits: no whole byte.
    piece = piece[: len(piece) - (len(piece) % 4 == 1)]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def decode_uu(data: bytes) -> bytes:
    """The body between `begin` and `end`, or every line that decodes when they are missing."""
    return b"".join(_uu_line(line) for line in data.splitlines() if not line.startswith((b"begin ", b"end")))


def _uu_line(line: bytes) -> bytes:
    if not line.strip(b" `"):
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders write a wrong length: take what the length byte promises (the workaround of CPython's `uu`).
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[:wanted])
        except binascii.Error:
            return b""
