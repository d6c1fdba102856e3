"""Frames from the widget: bytes that anybody may have written, parsed into something one can rely on.

Version 1; every frame and its answer: docs/subsystems/chat-protocol.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from chat.errors import BadFrame
from core.errors import TooLarge

VERSION = 1
MAX_FRAME = 64 * 1024
"""Characters of one frame that are read. More is answered with `too_large`."""
MAX_FLOOD = 1024 * 1024
"""Characters of one frame beyond which the socket is closed (1009): no widget sends that."""

_MAX_SEQ = 2**31 - 1


class Fields:
    """The members of a JSON object, each taken with the type that the protocol gives it. Raises BadFrame."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self.members = members

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.members.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value):
            raise BadFrame(_("“%(name)s” must be a text.") % {"name": name})
        return value

    def seq(self, name: str) -> int:
        """A message number; 0 when absent."""
        value = self.members.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_SEQ:
            raise BadFrame(_("“%(name)s” must be a message number.") % {"name": name})
        return value

    def flag(self, name: str) -> bool:
        return self.members.get(name) is True

    def has(self, name: str) -> bool:
        return name in self.members

    def inner(self, name: str) -> Fields:
        value = self.members.get(name)
        return Fields(value if isinstance(value, dict) else {})


def client_id(fields: Fields) -> str:
    """The browser's id of a message: 8 to 64 plain characters, unique enough to be told apart from its others."""
    value = fields.text("id", required=True)
    if not 8 <= len(value) <= 64 or not value.isascii() or not value.isprintable():
        raise BadFrame(_("“id” must be 8 to 64 plain characters."))
    return value


def parse_object(raw: str | bytes) -> Fields:
    """One JSON object. Raises TooLarge, BadFrame."""
    if len(raw) > MAX_FRAME:
        raise TooLarge(_("That is too large to be sent at once. Shorten it or attach it as a file."))
    try:
        members = json.loads(raw)
        if (b"\\u" if isinstance(raw, bytes) else "\\u") in raw:  # type: ignore[operator]
            members = _whole_characters(members)
    except (ValueError, RecursionError) as error:
        raise BadFrame() from error
    if not isinstance(members, dict):
        raise BadFrame()
    return Fields(members)


def _whole_characters(members: Any) -> Any:
    """Half a surrogate pair (an emoji that a script cut in two) cannot be encoded: it becomes U+FFFD."""
    whole = json.dumps(members, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.loads(whole)
