"""Reading a request's body: nothing that is read here can break what comes after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from core.errors import TooLarge

MOST_BYTES = 2 * 1024 * 1024


class JSONParser(BaseParser):
    """UTF-8 JSON of at most MOST_BYTES. Refuses what PostgreSQL or the answer could not hold.

    REST framework's own parser reads a body of any size into memory, fails with a 500 on a deeply nested one
    (RecursionError), and lets half a surrogate pair through to where it cannot be encoded.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge(_("The request is larger than %(limit)s bytes.") % {"limit": f"{MOST_BYTES:,}"})
        try:
            data = json.loads(body.decode(), parse_constant=_refuse_constant)
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError(_("The text holds half of a character (a lone surrogate).")) from error
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The request is not valid JSON.")) from error
        return data


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)
