"""/widget.js from the modules in static/chat/widget/: joined in order, minified, and told which widget it is.

The sources keep to a form that can be joined line by line (imports and exports begin a line). Where `const`s follow one
another, those that take something apart stand first: the minifier puts them there. A browser runs the result in the
tests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import minify  # type: ignore[import-untyped]  # ships no stubs
import zopfli.gzip
from django.conf import settings

FOLDER = Path(__file__).parent / "static" / "chat" / "widget"
# Only types stand in frames.js. The order is the one that zips smallest; element.js begins, so it comes last.
MODULES = (
    "frames.js",
    "styles.js",
    "notify.js",
    "dom.js",
    "icons.js",
    "connection.js",
    "words.js",
    "conversation.js",
    "api.js",
    "bubbles.js",
    "embedded.js",
    "waiting.js",
    "commands.js",
    "ending.js",
    "home.js",
    "form.js",
    "composer.js",
    "panel.js",
    "inviting.js",
    "store.js",
    "element.js",
)
STYLES = ("launcher.css", "panel.css")

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|let|class|function|async)", re.MULTILINE)
_NUMBER = re.compile(r"^const ([A-Z][A-Z_]*) = (\d+);\n", re.MULTILINE)
_CONST = re.compile(r"^( *(?:for \()?)const ", re.MULTILINE)
_CALL = "(0)"


@dataclass(frozen=True, slots=True)
class Bundle:
    script: bytes
    zipped: bytes
    etag: str


def widget_bundle(embedded: Mapping[str, Any] | None = None) -> Bundle:
    """The script as it is served. In development it follows the files.

    Args:
        embedded: what one widget's script carries in itself (`chat.config.embedded_frame`); None for the plain script.
    """
    return _bundle(json.dumps(embedded, separators=(",", ":")), _newest_change() if settings.LOCAL else 0)


@lru_cache(maxsize=64)
def _bundle(embedded: str, version: int) -> Bundle:
    script = f"{_program(version)}({embedded});\n".encode()
    return Bundle(
        script=script,
        # The same format as gzip, three percent smaller, for a second of work once per widget and process.
        zipped=zopfli.gzip.compress(script),
        etag=f'"{hashlib.sha256(script).hexdigest()[:20]}"',
    )


@lru_cache(maxsize=1)
def _program(_version: int) -> str:
    """The function that the script calls with what is embedded. Minifying takes its time, so it is done once."""
    joined = _shortened("".join(_strip((FOLDER / name).read_text(encoding="utf-8")) for name in MODULES))
    joined = joined.replace('STYLES = ""', f"STYLES = {json.dumps(_styles(), ensure_ascii=False)}")
    joined = joined.replace("EMBEDDED = /** @type {Embedded | null} */ (null)", "EMBEDDED = given")
    small = minify.string("application/javascript", f'(given=>{{"use strict";\n{joined}}}){_CALL}').strip().rstrip(";")
    if not small.endswith(_CALL):
        raise ValueError("the minifier has rewritten the call that hands over what is embedded")
    return str(small.removesuffix(_CALL))


def _strip(source: str) -> str:
    for pattern in (_IMPORT, _EXPORT):
        source = pattern.sub("", source)
    return source


def _shortened(source: str) -> str:
    """What the minifier would leave: numbers in the place of their names, and `let` for every `const` (a word less)."""
    numbers = dict(_NUMBER.findall(source))
    named = re.compile(rf"\b({'|'.join(numbers)})\b")
    plain = named.sub(lambda match: numbers[match[1]], _NUMBER.sub("", source))
    return _CONST.sub(r"\1let ", plain)


def _styles() -> str:
    joined = "".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES)
    return str(minify.string("text/css", joined))


def _newest_change() -> int:
    return max(path.stat().st_mtime_ns for path in FOLDER.iterdir())
