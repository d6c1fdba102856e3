"""What a file really is, from its bytes."""

from __future__ import annotations

import mimetypes

import filetype

# Shown inside our own pages; everything else is only ever downloaded. SVG is a document with scripts: not here.
INLINE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

# Types whose bytes have no signature; a claim of one of these is believed because it is never rendered anyway.
_UNSIGNED = (
    "text/",
    "message/",
    "application/json",
    "application/pgp",
    "application/pkcs7",
)

# ELF, Mach-O in both byte orders and widths, Mach-O for several machines or a Java class, the path of an interpreter.
_PROGRAMS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!/",
    b"#! /",
)


def sniff_content_type(content: bytes, *, claimed: str = "", name: str = "") -> str:
    """The content type that the bytes show, else the claim when it is harmless, else application/octet-stream.

    An image type is only ever returned on evidence of the bytes.
    """
    found = _signature(content)
    if found:
        return found
    claimed = (claimed or mimetypes.guess_type(name)[0] or "").split(";")[0].strip().lower()
    if claimed.startswith(_UNSIGNED) and len(claimed) <= 127 and claimed.isascii():
        return claimed
    return "application/octet-stream"


def is_program(content: bytes) -> bool:
    """Whether the bytes are something to run (Windows, Linux, macOS, Java, a script that names its interpreter),
    whatever the file is called."""
    return content.startswith(_PROGRAMS) or _is_windows_program(content)


def _is_windows_program(content: bytes) -> bool:
    """MZ alone may begin a sentence; behind it stand counts of 16 bits, some of them zero (Microsoft, PE Format)."""
    return content.startswith(b"MZ") and b"\0" in content[:64]


def _signature(content: bytes) -> str:
    kind = filetype.guess(content[:8192]) if content else None
    return str(kind.mime) if kind else ""
