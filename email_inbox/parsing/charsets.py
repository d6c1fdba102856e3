"""Bytes to text when the label may be wrong, unknown or missing."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from email_inbox.parsing.limits import GUESS_BYTES

# What senders write -> the superset that decodes what they mean (WHATWG Encoding does the same).
_ALIASES = {
    "ansi_x3.4-1968": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "big5": "big5hkscs",
    "cn-gb": "gb18030",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz-gb-2312": "hz",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "iso8859-1": "cp1252",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "latin1": "cp1252",
    "macintosh": "mac_roman",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-windows-949": "cp949",
}
_UNKNOWN = frozenset({"", "unknown", "unknown-8bit", "x-unknown", "8bit", "7bit", "default", "none", "x-user-defined"})
# One byte, one character: such a label never fails, so it proves nothing against bytes that are valid UTF-8.
_SINGLE_BYTE = ("cp125", "iso8859", "koi8", "mac", "cp874", "cp866", "latin")


def decode(data: bytes, label: str = "", *, guess: bool = True) -> str:
    """`data` as text; never raises.

    Args:
        label: the charset that the sender claims, as it was written.
        guess: whether statistics may be consulted when claim and bytes disagree (some 10 ms a call).
    """
    codec = codec_for(label)
    if data.isascii() and not _is_stateful(codec):
        return data.decode("ascii")
    for candidate in _candidates(codec):
        text = _strict(data, candidate)
        if text is not None:
            return text
    found = _guess(data) if guess else ""
    return _lenient(data, found or codec or "cp1252")


def codec_for(label: str) -> str:
    """The Python codec behind a charset label, or an empty string when the label names none."""
    name = label.strip(" \t\"'").lower().partition("*")[0].replace(" ", "-")
    if name in _UNKNOWN or len(name) > 40 or "\x00" in name:
        return ""
    try:
        found = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return ""
    return found.name if getattr(found, "_is_text_encoding", True) and found.name not in _TRICKY else ""


# Not charsets of mail, or with effects beyond decoding.
_TRICKY = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


def _is_stateful(codec: str) -> bool:
    """Charsets that write other scripts with ASCII bytes."""
    return codec.startswith(("iso2022", "hz", "utf-7", "utf-16", "utf-32"))


def _candidates(codec: str) -> list[str]:
    if not codec:
        return ["utf-8"]
    return ["utf-8", codec] if codec.startswith(_SINGLE_BYTE) else [codec, "utf-8"]


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _lenient(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, ValueError):
        return data.decode("latin-1")


def _guess(data: bytes) -> str:
    """The likeliest charset by its letters, looking at a sample around the first byte that is not ASCII."""
    first = len(data) - len(data.lstrip(bytes(range(128))))
    sample = data[max(0, first - 200) :][:GUESS_BYTES]
    best = from_bytes(sample).best() if len(sample) >= 16 else None
    return best.encoding if best is not None else ""
