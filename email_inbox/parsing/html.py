"""Foreign HTML made harmless (nh3, an allow-list), and text made of it."""

from __future__ import annotations

import html as entities
import re
from html.parser import HTMLParser

import nh3

from email_inbox.parsing.limits import HTML_CHARACTERS, HTML_OPEN, HTML_TAGS

_TAGS = (nh3.ALLOWED_TAGS | {"font", "address", "section", "main", "big"}) - {"details", "summary", "map", "area"}
_TABLE = {"align", "valign", "width", "height", "bgcolor", "border", "cellpadding", "cellspacing", "colspan", "rowspan"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
    "table": _TABLE,
    "tbody": _TABLE,
    "tr": _TABLE,
    "td": _TABLE,
    "th": _TABLE,
}
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width", "color",
    "direction", "font", "font-family", "font-size", "font-style", "font-weight", "height", "letter-spacing",
    "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width", "word-break",
}  # fmt: skip
# The classes by which mail programs mark what they quote; kept so that the reader can fold it.
QUOTE_CLASSES = {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote"}
_DROPPED_WITH_CONTENT = {"script", "style", "title", "head", "noscript", "template", "textarea", "select", "object"}

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements that close each other or themselves: they do not nest without one of the others between them.
_NOT_NESTING = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "p", "li", "dd", "dt", "option", "tr", "td", "th", "tbody", "thead", "tfoot", "html", "head", "body",
    "colgroup",
}  # fmt: skip
_BREAKING = {
    "p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre", "ul", "ol",
    "section", "article", "header", "footer",
}  # fmt: skip


def sanitise(source: str) -> str | None:
    """HTML that may be shown in our frame; None when the source is too large or too deep to be cleaned in time.

    Remote images keep their address in `data-remote-src`: nothing is fetched before the reader asks. `cid:` images
    stay, to be resolved where they are shown.
    """
    source = source.replace("\x00", "")
    if len(source) > HTML_CHARACTERS or _is_hostile(source):
        return None
    cleaned = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        allowed_classes=dict.fromkeys(("div", "blockquote"), QUOTE_CLASSES),
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        attribute_filter=_filtered,
        link_rel="noopener noreferrer nofollow",
    )
    return _Blocking.run(cleaned)


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    if value.strip().lower().startswith("data:"):
        inline = tag == "img" and re.match(r"data:image/(png|jpeg|gif|webp);base64,", value.strip().lower())
        return value if inline else None
    return value


def _is_hostile(source: str) -> bool:
    """More tags, or more of them open at once, than a parser of HTML gets through in a second."""
    open_now: dict[str, int] = {}
    total = 0
    for count, tag in enumerate(_TAG.finditer(source)):
        name = tag[2].lower()
        if count > HTML_TAGS or total > HTML_OPEN:
            return True
        if name in _NOT_NESTING:
            continue
        if not tag[1]:
            open_now[name] = open_now.get(name, 0) + 1
            total += 1
        elif open_now.get(name):
            open_now[name] -= 1
            total -= 1
    return False


class Rewriter(HTMLParser):
    """Copies sanitised HTML, which is well-formed, giving subclasses each tag to change."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []

    @classmethod
    def run(cls, source: str) -> str:
        rewriter = cls()
        rewriter.feed(source)
        rewriter.close()
        return "".join(rewriter.out)

    def tag(self, name: str, attributes: list[tuple[str, str]]) -> str:
        written = [f' {key}="{entities.escape(value)}"' for key, value in attributes]
        return f"<{name}{''.join(written)}>"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.out.append(self.tag(tag, [(key, value or "") for key, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")


class _Blocking(Rewriter):
    """Remote images lose their `src`."""

    def tag(self, name: str, attributes: list[tuple[str, str]]) -> str:
        if name == "img":
            attributes = [_block(key, value) for key, value in attributes]
        return super().tag(name, attributes)


def _block(key: str, value: str) -> tuple[str, str]:
    remote = key == "src" and not value.strip().lower().startswith(("cid:", "data:"))
    return ("data-remote-src", value) if remote else (key, value)


def text_to_html(text: str) -> str:
    return "<div>" + entities.escape(text).replace("\n", "<br>\n") + "</div>"


def html_to_text(source: str, *, cleaned: bool) -> str:
    """The words of HTML with its line structure. `cleaned` says that it comes from `sanitise`."""
    if not cleaned:
        return _stripped(source[:HTML_CHARACTERS])
    reader = _Text()
    reader.feed(source)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.out))).strip()


def _stripped(source: str) -> str:
    """For what no parser should touch: tags taken away by their angle brackets."""
    return entities.unescape(re.sub(r"<[^<>]{0,2000}>", " ", source))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._kept = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._kept += tag == "pre"
        if tag in _BREAKING:
            self.out.append("\n")
        elif tag in ("td", "th"):
            self.out.append(" ")
        if tag == "li":
            self.out.append("- ")
        if tag == "img":
            self.out.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        self._kept -= tag == "pre"
        if tag in _BREAKING:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        self.out.append(data if self._kept > 0 else re.sub(r"\s+", " ", data))
