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
MODULES = (
    "frames.js",
    "embedded.js",
    "words.js",
    "icons.js",
    "styles.js",
    "dom.js",
    "store.js",
    "api.js",
    "connection.js",
    "conversation.js",
    "bubbles.js",
    "notify.js",
    "waiting.js",
    "ending.js",
    "form.js",
    "home.js",
    "composer.js",
    "panel.js",
    "inviting.js",
    "commands.js",
    "element.js",
)
LAUNCHER_STYLES = "launcher.css"
PANEL_STYLES = "panel.css"

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|let|class|function|async)", re.MULTILINE)
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


def panel_styles() -> str:
    """How the inside of the window looks. The configuration carries it: nobody sees it before the chat is opened."""
    return _panel_styles(_newest_change() if settings.LOCAL else 0)


@lru_cache(maxsize=1)
def _panel_styles(_version: int) -> str:
    return _styles(PANEL_STYLES)


def _styles(name: str) -> str:
    return str(minify.string("text/css", (FOLDER / name).read_text(encoding="utf-8")))


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
    joined = "".join(_strip((FOLDER / name).read_text(encoding="utf-8")) for name in MODULES)
    joined = joined.replace('STYLES = ""', f"STYLES = {json.dumps(_styles(LAUNCHER_STYLES), ensure_ascii=False)}")
    joined = joined.replace("EMBEDDED = /** @type {Embedded | null} */ (null)", "EMBEDDED = given")
    small = minify.string("application/javascript", f'(given=>{{"use strict";\n{joined}}}){_CALL}').strip().rstrip(";")
    if not small.endswith(_CALL):
        raise ValueError("the minifier has rewritten the call that hands over what is embedded")
    return str(small.removesuffix(_CALL))


def _strip(source: str) -> str:
    for pattern in (_IMPORT, _EXPORT):
        source = pattern.sub("", source)
    return source


def _newest_change() -> int:
    return max(path.stat().st_mtime_ns for path in FOLDER.iterdir())
