"""/widget.js from the modules in static/chat/widget/: joined in order, without comments, imports and indentation.

Not a minifier: the sources keep to a form that this can take apart line by line (one import or export per line,
comments on lines of their own), and a browser runs the result in the tests.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

FOLDER = Path(__file__).parent / "static" / "chat" / "widget"
MODULES = (
    "strings.js",
    "icons.js",
    "styles.js",
    "dom.js",
    "store.js",
    "api.js",
    "connection.js",
    "conversation.js",
    "bubbles.js",
    "panel.js",
    "element.js",
)

_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_CAST = re.compile(r"/\*\* [^*\n]*\*/ ?")
_LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|let|class|function|async)", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    script: bytes
    zipped: bytes
    etag: str


def widget_bundle() -> Bundle:
    """The script as it is served. In development it follows the files."""
    return _bundle(_newest_change() if settings.LOCAL else 0)


@lru_cache(maxsize=2)
def _bundle(_version: int) -> Bundle:
    joined = "".join(_strip((FOLDER / name).read_text(encoding="utf-8")) for name in MODULES)
    script = f'(()=>{{"use strict";\n{joined}}})();\n'.encode()
    return Bundle(
        script=script,
        zipped=gzip.compress(script, 9, mtime=0),
        etag=f'"{hashlib.sha256(script).hexdigest()[:20]}"',
    )


def _strip(source: str) -> str:
    for pattern in (_COMMENT, _CAST, _LINE_COMMENT, _IMPORT, _EXPORT, _INDENT):
        source = pattern.sub("", source)
    return source


def _newest_change() -> int:
    return max((FOLDER / name).stat().st_mtime_ns for name in MODULES)
