"""One mail, understood."""

from __future__ import annotations

from dataclasses import dataclass

from core.text import clean_line, clean_text
from email_inbox.parsing.addresses import Address, addresses_of
from email_inbox.parsing.bodies import Collected, TextReader, collect
from email_inbox.parsing.headers import Headers, read_headers
from email_inbox.parsing.html import html_to_text, sanitise, text_to_html
from email_inbox.parsing.ids import message_ids
from email_inbox.parsing.limits import ATTACHMENTS, TEXT_CHARACTERS
from email_inbox.parsing.machines import DeliveryReport, is_automatic_reply, is_from_machine, read_report
from email_inbox.parsing.structure import Part, read_tree
from email_inbox.parsing.summary import Summary, summary_of
from email_inbox.parsing.uu import take_out_files


@dataclass(frozen=True, slots=True)
class FoundAttachment:
    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What a mail says.

    Attributes:
        sender: From, else Reply-To, Return-Path, Sender; None when none of them can be written to.
        reply_to: where the sender wants answers; never used to say who they are.
        recipients: lower-case addresses that it is for, as its fields name them.
        addressed: those of To and Cc alone, in lower case.
        references: In-Reply-To first, then References from the newest, ids without brackets.
        text: always there when there are words, made from the HTML if need be.
        html: sanitised, or empty.
        is_from_machine: a program or a list sent it; read it, but send no automatic answer.
    """

    summary: Summary
    sender: Address | None
    reply_to: Address | None
    recipients: tuple[str, ...]
    addressed: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    attachments: tuple[FoundAttachment, ...]
    is_automatic_reply: bool
    is_from_machine: bool
    report: DeliveryReport | None


def parse(raw: bytes, *, envelope_from: str | None = None) -> ParsedMail:
    """Understand a mail. `envelope_from` (None when unknown, empty for the null sender) helps to know bounces."""
    root = read_tree(raw)
    headers = root.headers
    sender = next(iter(addresses_of(headers, "from", "reply-to", "return-path", "sender")), None)
    text, html, attachments = _content(root)
    summary = summary_of(headers)
    return ParsedMail(
        summary=summary,
        sender=sender,
        reply_to=next(iter(addresses_of(headers, "reply-to")), None),
        recipients=summary.recipients,
        addressed=tuple(entry.address.lower() for entry in addresses_of(headers, "to", "cc")),
        references=_references(headers),
        text=text,
        html=html,
        attachments=attachments,
        is_automatic_reply=is_automatic_reply(headers),
        is_from_machine=is_from_machine(headers),
        report=read_report(root, sender.address if sender else "", envelope_from),
    )


def _references(headers: Headers) -> tuple[str, ...]:
    answered = [one for value in headers.all("in-reply-to") for one in message_ids(value)]
    earlier = [one for value in headers.all("references") for one in message_ids(value)]
    return tuple(dict.fromkeys([*answered, *reversed(earlier)]))[:100]


def _content(root: Part) -> tuple[str, str, tuple[FoundAttachment, ...]]:
    collected = collect(root)
    reader = _BodyReader()
    for words in collected.words:
        reader.add(words.text, words.html)
    attachments = [*reader.files, *_files(collected, reader.html_source)]
    if len(attachments) > ATTACHMENTS or reader.is_cut:
        attachments = [*attachments[: ATTACHMENTS - 1], FoundAttachment("original.eml", root.raw, "message/rfc822")]
    return reader.text, reader.html, tuple(attachments)


class _BodyReader:
    """Puts the stretches of a body together, in order."""

    def __init__(self) -> None:
        self._texts = TextReader()
        self._text: list[str] = []
        self._html: list[str] = []
        self._has_html = False
        self._length = 0
        self.html_source = ""
        self.files: list[FoundAttachment] = []
        self.is_cut = False

    def add(self, text_part: Part | None, html_part: Part | None) -> None:
        if self._length > TEXT_CHARACTERS:
            self.is_cut = True
            return
        text = self._plain(text_part) if text_part is not None else ""
        html = self._rich(html_part) if html_part is not None else ""
        if not text.strip() and html:
            text = html_to_text(html, cleaned=True)
        self._length += len(text)
        self._text.append(text)
        self._html.append(html or text_to_html(text))
        self._has_html |= bool(html)

    @property
    def text(self) -> str:
        whole = clean_text("\n\n".join(one.strip("\n") for one in self._text if one.strip()))
        self.is_cut |= len(whole) > TEXT_CHARACTERS
        return whole[:TEXT_CHARACTERS]

    @property
    def html(self) -> str:
        if not self._has_html:
            return ""
        whole = "\n".join(one for one in self._html if one)
        return whole if len(whole) <= 4 * TEXT_CHARACTERS else ""

    def _plain(self, part: Part) -> str:
        text, _content = self._texts.read(part)
        text, files = take_out_files(text)
        self.files += [FoundAttachment(clean_line(name, 255), content) for name, content in files]
        return text

    def _rich(self, part: Part) -> str:
        source, content = self._texts.read(part)
        cleaned = sanitise(source)
        if cleaned is None:
            self.files.append(FoundAttachment("message.html", content, "text/html"))
            return text_to_html(html_to_text(source, cleaned=False))
        self.html_source += source
        return cleaned


def _files(collected: Collected, html_source: str) -> list[FoundAttachment]:
    return [_file(part, number, html_source) for number, part in enumerate(collected.files[: ATTACHMENTS + 1], 1)]


def _file(part: Part, number: int, html_source: str) -> FoundAttachment:
    content = _file_content(part)
    content_id = part.content_id[:255]
    return FoundAttachment(
        name=clean_line(part.file_name, 255) or _made_up_name(part, content, number),
        content=content,
        content_type=part.content_type,
        content_id=content_id,
        is_inline=bool(content_id) and f"cid:{content_id}" in html_source,
    )


def _file_content(part: Part) -> bytes:
    """A multipart that was not opened is kept whole, with its headers: without them nobody could open it."""
    if part.children:
        return part.raw[part.begin : part.end]
    return part.content


_EXTENSIONS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/vcard": "vcf",
    "text/rfc822-headers": "txt",
    "message/delivery-status": "txt",
    "application/pdf": "pdf",
    "application/ms-tnef": "dat",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
}


def _made_up_name(part: Part, content: bytes, number: int) -> str:
    if part.content_type == "message/rfc822":
        headers, _body = read_headers(content, 0, len(content), top=True)
        subject = clean_line(headers.text("subject"), 100)
        return (subject or f"mail-{number}") + ".eml"
    return f"part-{number}.{_EXTENSIONS.get(part.content_type, 'bin')}"
