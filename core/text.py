"""Text that PostgreSQL, JSON and people can live with."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from core.errors import TooLarge

# C0/C1 controls except tab and newline; PostgreSQL's text type refuses NUL, browsers and terminals misread the rest.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Bidirectional overrides can make a name or file name read as something else (Unicode TR 36).
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")


def clean_text(value: str) -> str:
    """Multi-line text: newlines unified, surrogates replaced by U+FFFD, control characters removed, NFC."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    value = _SURROGATES.sub("\ufffd", value)
    return unicodedata.normalize("NFC", _CONTROLS.sub("", value))


def clean_line(value: str, limit: int = 200) -> str:
    """One line: as `clean_text`, white space folded, direction overrides removed, cut to `limit` characters."""
    line = _SPACE.sub(" ", _BIDI.sub("", clean_text(value))).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def excerpt(value: str, limit: int = 140) -> str:
    """The first words of a text for a list row, on one line, at most `limit` characters."""
    return clean_line(value[: limit * 8], limit)


def check_length(value: str, limit: int) -> None:
    """Raise `TooLarge` naming the limit (in characters) when `value` is longer."""
    if len(value) > limit:
        raise TooLarge(
            _("The text is too long: %(length)s characters, the limit is %(limit)s. Shorten it or attach it as a file.")
            % {"length": f"{len(value):,}", "limit": f"{limit:,}"},
            code="too_long",
        )
