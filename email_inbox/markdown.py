"""What agents type, as the HTML of a mail: Markdown where they wrote some, and plain text as it stands.

Most answers are plain text, so whatever would change what was meant is off: a backslash is a backslash (paths), an
indented line is no program, dashes under a line make no heading, and HTML is words. The plain part of the mail carries
the words as they were typed.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from email_inbox.parsing.html import sanitise

# Mail programs drop style sheets, so each element carries its own.
_STYLES = {
    "p": "margin:0 0 1em",
    "ul": "margin:0 0 1em;padding-left:1.5em",
    "ol": "margin:0 0 1em;padding-left:1.5em",
    "blockquote": "margin:0 0 1em;border-left:2px solid #ccc;padding-left:1em",
    "h1": "font-size:20px;margin:0 0 8px",
    "h2": "font-size:18px;margin:0 0 8px",
    "h3": "font-size:16px;margin:0 0 8px",
    "code": "font-family:monospace;background-color:#f2f2f2",
    "pre": "font-family:monospace;background-color:#f2f2f2;padding:8px;margin:0 0 1em;white-space:pre-wrap",
    "table": "border-collapse:collapse;margin:0 0 1em",
    "th": "border:1px solid #ccc;padding:4px 8px;text-align:left",
    "td": "border:1px solid #ccc;padding:4px 8px",
}
_OFF = ["escape", "entity", "image", "code", "lheading", "html_block", "html_inline", "reference"]


MARKDOWN_CHARACTERS = 10_000
"""So many open brackets cost 0.7 s, and the time grows with their square (measured)."""


def markdown_to_html(text: str) -> str | None:
    """Sanitised HTML with its styles inlined, fit for a mail; None for what is too long to be read as Markdown."""
    made = sanitise(str(_MARKDOWN.render(text))) if len(text) <= MARKDOWN_CHARACTERS else None
    return None if made is None else f"<div>{made.strip()}</div>"


def _add_styles(state: StateCore) -> None:
    for block in state.tokens:
        for token in (block, *(block.children or ())):
            if token.tag in _STYLES and token.nesting >= 0 and token.type != "fence":
                token.attrSet("style", ";".join(filter(None, [_STYLES[token.tag], str(token.attrGet("style") or "")])))


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A block of code, without the language that only a highlighter would want."""
    return f'<pre style="{_STYLES["pre"]}">{html.escape(tokens[index].content)}</pre>\n'


def _reader() -> MarkdownIt:
    reader = MarkdownIt("js-default", {"html": False, "linkify": True, "breaks": True, "typographer": False})
    # Only what says https: "e.g.Bali" and "mia@example.com" are no links that somebody meant to make.
    reader.linkify = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    reader.disable(_OFF)
    reader.core.ruler.push("styles", _add_styles)
    reader.add_render_rule("fence", _fence)
    return reader


_MARKDOWN = _reader()
