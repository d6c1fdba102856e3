"""Foreign HTML made harmless (nh3, an allow-list), and text made of it."""

from __future__ import annotations

import html as entities
import re

import nh3

from email_inbox.parsing.limits import HTML_AMPERSANDS, HTML_CHARACTERS, HTML_OPEN, HTML_TAGS

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

_SPACE = re.compile(r"\s+")
_CLEAN_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>')
_CLEAN_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
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
    if len(source) > HTML_CHARACTERS or source.count("&") > HTML_AMPERSANDS or _is_hostile(source):
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


class Rewriter:
    """Copies sanitised HTML, giving subclasses each tag to change.

    Fit for the output of `sanitise` alone, which writes every attribute in double quotes and every `<` of a text as
    an entity; so one regular expression finds the tags, in linear time whatever the text is.
    """

    def __init__(self) -> None:
        self.out: list[str] = []

    @classmethod
    def run(cls, source: str) -> str:
        rewriter = cls()
        rewriter.feed(source)
        return "".join(rewriter.out)

    def feed(self, source: str) -> None:
        position = 0
        for tag in _CLEAN_TAG.finditer(source):
            self.text(source[position : tag.start()])
            position = tag.end()
            if tag[1]:
                self.end(tag[2])
            else:
                attributes = [(key, entities.unescape(value)) for key, value in _CLEAN_ATTRIBUTE.findall(tag[3])]
                self.start(tag[2], attributes)
        self.text(source[position:])

    def start(self, name: str, attributes: list[tuple[str, str]]) -> None:
        written = [f' {key}="{entities.escape(value)}"' for key, value in attributes]
        self.out.append(f"<{name}{''.join(written)}>")

    def end(self, name: str) -> None:
        self.out.append(f"</{name}>")

    def text(self, source: str) -> None:
        """`source` still has its entities."""
        self.out.append(source)


class _Blocking(Rewriter):
    """Remote images lose their `src`."""

    def start(self, name: str, attributes: list[tuple[str, str]]) -> None:
        if name == "img":
            attributes = [_block(key, value) for key, value in attributes]
        super().start(name, attributes)


def _block(key: str, value: str) -> tuple[str, str]:
    remote = key == "src" and not value.strip().lower().startswith(("cid:", "data:"))
    return ("data-remote-src", value) if remote else (key, value)


def text_to_html(text: str) -> str:
    return "<div>" + entities.escape(text).replace("\n", "<br>\n") + "</div>"


def html_to_text(source: str, *, cleaned: bool) -> str:
    """The words of HTML with its line structure. `cleaned` says that it comes from `sanitise`."""
    if not cleaned:
        return _stripped(source[:HTML_CHARACTERS])
    lines = [line.strip(" \t") for line in _Text.run(source).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _stripped(source: str) -> str:
    """For what no parser should touch: tags taken away by their angle brackets."""
    return entities.unescape(re.sub(r"<[^<>]{0,2000}>", " ", source))


class _Text(Rewriter):
    """The words alone, with line ends where a browser would put them."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = 0

    def start(self, name: str, attributes: list[tuple[str, str]]) -> None:
        self._kept += name == "pre"
        if name in _BREAKING:
            self.out.append("\n")
        elif name in ("td", "th"):
            self.out.append(" ")
        if name == "li":
            self.out.append("- ")
        if name == "img":
            self.out.append(dict(attributes).get("alt", ""))

    def end(self, name: str) -> None:
        self._kept -= name == "pre"
        if name in _BREAKING:
            self.out.append("\n")

    def text(self, source: str) -> None:
        words = entities.unescape(source)
        self.out.append(words if self._kept > 0 else _SPACE.sub(" ", words))
