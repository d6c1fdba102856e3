"""A mail's HTML as a document of its own, for a sandboxed frame that can fetch nothing but our own images."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from email_inbox.parsing.html import QUOTE_CLASSES, Rewriter, text_to_html
from email_inbox.parsing.quotes import split_quote
from tickets.models import Message

BODY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self' data:",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    )
)


def body_html(message: Message, images: Mapping[str, str]) -> str:
    """The inside of the document: quotes folded, `cid:` images resolved by `images` (content id -> URL)."""
    if not message.html:
        return _folded_text(message.text)
    rewriter = _Showing(images)
    rewriter.feed(message.html)
    return rewriter.finished()


def _folded_text(text: str) -> str:
    fresh, quoted = split_quote(text)
    folded = f"{_open_quote()}{text_to_html(quoted)}</details>" if quoted.strip() else ""
    return text_to_html(fresh) + folded


def _open_quote() -> str:
    return f'<details class="quote"><summary>{_("Quoted text")}</summary>'


class _Showing(Rewriter):
    """Folds the outermost quotes and shows images: ours by their URL, remote ones as a note."""

    def __init__(self, images: Mapping[str, str]) -> None:
        super().__init__()
        self._images = images
        self._open: list[bool] = []
        """For each open block: whether it opened a folded quote."""

    def finished(self) -> str:
        return "".join(self.out) + "</details>" * sum(self._open)

    def start(self, name: str, attributes: list[tuple[str, str]]) -> None:
        if name in ("blockquote", "div"):
            folds = not any(self._open) and _is_quote(name, dict(attributes))
            self._open.append(folds)
            if folds:
                self.out.append(_open_quote())
        super().start(name, self._image(dict(attributes)) if name == "img" else attributes)

    def end(self, name: str) -> None:
        super().end(name)
        if name in ("blockquote", "div") and self._open and self._open.pop():
            self.out.append("</details>")

    def _image(self, values: dict[str, str]) -> list[tuple[str, str]]:
        source = values.get("src", "")
        if source.lower().startswith("cid:"):
            values["src"] = self._images.get(source[4:].strip("<>"), "")
        if "data-remote-src" in values:
            values["class"] = "remote"
            values["alt"] = values.get("alt") or _("Remote image, not loaded")
            values = {key: value for key, value in values.items() if key not in ("width", "height", "style")}
        return list(values.items())


def _is_quote(tag: str, attributes: dict[str, str]) -> bool:
    classes = set(attributes.get("class", "").split())
    return tag == "blockquote" or bool(classes & (QUOTE_CLASSES - {"moz-cite-prefix"}))
