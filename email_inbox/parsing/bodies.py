"""Which parts are the words of a mail and which are files with it. Every part becomes one or the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from email_inbox.parsing.charsets import decode
from email_inbox.parsing.limits import CHARSET_GUESSES
from email_inbox.parsing.structure import Part


@dataclass(slots=True)
class Words:
    """One stretch of the body: plain text, HTML, or both ways of saying the same."""

    text: Part | None = None
    html: Part | None = None


@dataclass(slots=True)
class Collected:
    words: list[Words] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)

    def add(self, other: Collected) -> None:
        self.words += other.words
        self.files += other.files

    @property
    def body_parts(self) -> list[Part]:
        return [part for words in self.words for part in (words.text, words.html) if part is not None]


def collect(root: Part) -> Collected:
    """Sort the parts of a mail (at most DEPTH deep, so recursion is safe)."""
    if not root.children and root.content_type in ("text/plain", "text/html") and root.disposition != "attachment":
        return _leaf_words(root)
    return _collect(root)


def _collect(part: Part) -> Collected:
    if not part.children:
        return _leaf_words(part) if _is_body(part) else Collected(files=[part])
    if part.content_type == "multipart/alternative":
        return _alternative([_collect(child) for child in part.children])
    if part.content_type == "multipart/encrypted":
        return Collected(files=list(part.children))
    collected = Collected()
    for index, child in enumerate(part.children):
        if part.content_type == "multipart/signed" and index:
            collected.files.append(child)
        else:
            collected.add(_collect(child))
    return collected


def _is_body(part: Part) -> bool:
    return (
        part.content_type in ("text/plain", "text/html")
        and part.disposition != "attachment"
        and not part.file_name
        and not (part.headers.has("content-id") and part.disposition == "inline" and part.content_type == "text/html")
    )


def _leaf_words(part: Part) -> Collected:
    return Collected([Words(html=part) if part.content_type == "text/html" else Words(text=part)])


def _alternative(ways: list[Collected]) -> Collected:
    """The plainest way as text, the last and richest one as HTML (RFC 2046 5.1.4); other ways are kept as files."""
    plain = next((way for way in ways if way.words and all(words.html is None for words in way.words)), None)
    rich = next((way for way in reversed(ways) if any(words.html is not None for words in way.words)), None)
    if plain is None or rich is None:
        chosen = rich or plain
        words = chosen.words if chosen else []
    elif len(plain.words) == len(rich.words) == 1 or not plain.words:
        words = [Words(text=plain.words[0].text, html=rich.words[0].html)]
    else:
        words = rich.words
    shown = {id(part) for one in words for part in (one.text, one.html)}
    files = [part for way in ways for part in way.files]
    files += [part for way in ways for part in way.body_parts if id(part) not in shown]
    return Collected(list(words), files)


class TextReader:
    """Decodes the text parts of one mail, consulting statistics only so many times."""

    def __init__(self) -> None:
        self._guesses = CHARSET_GUESSES

    def read(self, part: Part) -> tuple[str, bytes]:
        """The text of a part with unified line ends, and its bytes."""
        content = part.content
        guess = self._guesses > 0
        if not content.isascii():
            self._guesses -= 1
        text = decode(content, part.charset, guess=guess)
        return text.replace("\r\n", "\n").replace("\r", "\n"), content
