"""A mail's HTML as a document of its own, for a sandboxed frame that can fetch nothing but our own images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


RemoteAddress = Callable[[str], str]
"""The address of our own proxy for a remote image."""


@dataclass(frozen=True, slots=True)
class Body:
    html: str
    remote_images: int
    """How many remote images it has that are not shown."""


def body_html(message: Message, images: Mapping[str, str], proxy: RemoteAddress | None = None) -> Body:
    """The inside of the document: quotes folded, `cid:` images resolved by `images` (content id -> URL).

    Remote images stay notes unless there is a `proxy` to show them by.
    """
    if not message.html:
        return Body(_folded_text(message.text), 0)
    rewriter = _Showing(images, proxy)
    rewriter.feed(message.html)
    return Body(rewriter.finished(), rewriter.hidden)


def _folded_text(text: str) -> str:
    fresh, quoted = split_quote(text)
    folded = f"{_open_quote()}{text_to_html(quoted)}</details>" if quoted.strip() else ""
    return text_to_html(fresh) + folded


def _open_quote() -> str:
    return f'<details class="quote"><summary>{_("Quoted text")}</summary>'


class _Showing(Rewriter):
    """Folds the outermost quotes and shows images: ours by their URL, remote ones as a note."""

    def __init__(self, images: Mapping[str, str], proxy: RemoteAddress | None = None) -> None:
        super().__init__()
        self._images = images
        self._proxy = proxy
        self.hidden = 0
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
        if "data-remote-src" in values and self._proxy is not None:
            values["src"] = self._proxy(values.pop("data-remote-src"))
        elif "data-remote-src" in values:
            self.hidden += 1
            values["class"] = "remote"
            values["alt"] = values.get("alt") or _("Remote image, not loaded")
            values = {key: value for key, value in values.items() if key not in ("width", "height", "style")}
        return list(values.items())


def _is_quote(tag: str, attributes: dict[str, str]) -> bool:
    classes = set(attributes.get("class", "").split())
    return tag == "blockquote" or bool(classes & (QUOTE_CLASSES - {"moz-cite-prefix"}))
