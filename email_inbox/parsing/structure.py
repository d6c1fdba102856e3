"""The tree of MIME parts (RFC 2046), as offsets into the one mail: nothing is copied."""

from __future__ import annotations

from dataclasses import dataclass, field

from email_inbox.parsing.headers import Headers, decode_words, parameter, read_headers
from email_inbox.parsing.limits import DEPTH, PARTS
from email_inbox.parsing.transfer import decode_transfer


@dataclass(slots=True)
class Part:
    """One part: its headers and where it lies in `raw`."""

    raw: bytes
    headers: Headers
    begin: int
    """Of its header block."""
    start: int
    """Of its body."""
    end: int
    content_type: str
    children: list[Part] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The body as it stands in the mail, still transfer-encoded."""
        return self.raw[self.start : self.end]

    @property
    def content(self) -> bytes:
        encoding = self.headers.raw("content-transfer-encoding").decode("latin-1")
        return decode_transfer(self.body, encoding)

    @property
    def charset(self) -> str:
        return parameter(self.headers.raw("content-type"), "charset")

    @property
    def disposition(self) -> str:
        return self.headers.raw("content-disposition").split(b";")[0].strip().decode("latin-1").lower()

    @property
    def file_name(self) -> str:
        """The name that the sender gave, or an empty string."""
        return (
            parameter(self.headers.raw("content-disposition"), "filename")
            or parameter(self.headers.raw("content-type"), "name")
            or decode_words(self.headers.raw("content-location")).rsplit("/", 1)[-1]
        )

    @property
    def content_id(self) -> str:
        return self.headers.raw("content-id").decode("utf-8", "replace").strip().strip("<>")


def read_tree(raw: bytes) -> Part:
    """The whole mail as a tree. Beyond DEPTH or PARTS a multipart is kept as one leaf."""
    headers, start = read_headers(raw, 0, len(raw), top=True)
    root = Part(raw, headers, 0, start, len(raw), _content_type(headers, "text/plain"))
    waiting, count = [(root, 0)], 1
    while waiting:
        part, depth = waiting.pop()
        if not part.content_type.startswith("multipart/"):
            continue
        spans = _spans(part) if depth < DEPTH else []
        if not spans or count + len(spans) > PARTS:
            part.content_type = _leaf_type(part, depth)
            continue
        part.children = [_child(raw, begin, end, part.content_type) for begin, end in spans]
        count += len(spans)
        waiting += [(child, depth + 1) for child in part.children]
    return root


def _leaf_type(part: Part, depth: int) -> str:
    """What a multipart without readable parts is: the text it holds, or beyond the limits an unopened mail."""
    return "message/rfc822" if depth >= DEPTH or len(part.body) > 100_000 else "text/plain"


def _child(raw: bytes, begin: int, end: int, parent_type: str) -> Part:
    headers, start = read_headers(raw, begin, end)
    default = "message/rfc822" if parent_type == "multipart/digest" else "text/plain"
    return Part(raw, headers, begin, min(start, end), end, _content_type(headers, default))


def _content_type(headers: Headers, default: str) -> str:
    value = headers.raw("content-type").split(b";")[0].strip(b" \t\"'").decode("latin-1").lower()
    if value.count("/") == 1 and not value.startswith("/") and len(value) <= 127:
        return value.replace(" ", "")
    # "text" alone, or nothing that can be read.
    return default


def _spans(part: Part) -> list[tuple[int, int]]:
    """Where the parts lie. A missing last delimiter (a cut mail) ends with the multipart itself."""
    boundary = _boundary(part)
    if not boundary:
        return []
    spans: list[tuple[int, int]] = []
    begin = -1
    for at, after, closing in _delimiters(part.raw, boundary, part.start, part.end):
        if begin >= 0:
            spans.append((begin, max(begin, _without_line_end(part.raw, at))))
        begin = -1 if closing else after
        if closing:
            break
    if begin >= 0:
        spans.append((begin, part.end))
    return spans[: PARTS + 1]


def _boundary(part: Part) -> bytes:
    text = parameter(part.headers.raw("content-type"), "boundary").strip()
    return text.encode("utf-8", "replace")[:500]


def _delimiters(raw: bytes, boundary: bytes, start: int, end: int) -> list[tuple[int, int, bool]]:
    """(where the line begins, where the next line begins, is it the closing one) of every delimiter line."""
    found: list[tuple[int, int, bool]] = []
    mark = b"--" + boundary
    at = raw.find(mark, start, end)
    while at >= 0 and len(found) <= PARTS:
        tail = raw[at + len(mark) : min(end, at + len(mark) + 100)]
        line = tail.splitlines()[0] if tail else b""
        rest = line.strip()
        if (at == start or raw[at - 1 : at] in (b"\n", b"\r")) and rest in (b"", b"--"):
            after = at + len(mark) + len(line)
            found.append((at, _after_line_end(raw, after, end), rest == b"--"))
        at = raw.find(mark, at + len(mark), end)
    return found


def _after_line_end(raw: bytes, position: int, end: int) -> int:
    while position < end and raw[position : position + 1] == b"\r":
        position += 1
    return position + 1 if raw[position : position + 1] == b"\n" and position < end else position


def _without_line_end(raw: bytes, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1)."""
    if raw[position - 1 : position] == b"\n":
        position -= 1
    return position - 1 if raw[position - 1 : position] == b"\r" else position
