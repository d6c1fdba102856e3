"""Mail that a program wrote: automatic answers (RFC 3834) and delivery reports (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.text import clean_line
from email_inbox.parsing.headers import Headers, read_headers
from email_inbox.parsing.structure import Part

_ROBOTS = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.IGNORECASE)
_FAILURES = (
    *(b"undeliver", b"returned mail", b"failure notice", b"delivery status", b"delivery failure"),
    *(
        b"delivery has failed",
        b"delivery failed",
        b"mail delivery",
        b"not deliver",
        b"could not be delivered",
        b"couldn't be delivered",
    ),
)
_LISTS = ("list-id", "list-unsubscribe", "list-post", "mailing-list", "x-mailing-list", "feedback-id", "x-loop")
_REPORT_BYTES = 64 * 1024
_AUTOMATIC_SUBJECT = re.compile(
    r"^(auto(matic)?[ -]?reply|out of office|abwesen|automatische antwort)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a mail server says about a mail of ours, or of somebody else."""

    failed: bool
    """It will not arrive; otherwise it is late, arrived, or was passed on."""
    reason: str
    recipient: str
    """As we wrote to it where the report says so (Original-Recipient), else where it ended up (Final-Recipient)."""
    returned: bytes
    """The part of the report in which the original's headers are found, at most 64 kB."""


def is_automatic_reply(headers: Headers) -> bool:
    """A vacation notice or the like: answering it would begin a conversation between machines."""
    submitted = headers.text("auto-submitted").strip().lower()
    if submitted.startswith("auto-replied") or headers.has("x-autoreply") or headers.has("x-autorespond"):
        return True
    if headers.text("precedence").strip().lower() == "auto_reply":
        return True
    return bool(_AUTOMATIC_SUBJECT.match(headers.text("subject"))) and submitted not in ("", "no")


def is_from_machine(headers: Headers) -> bool:
    """Sent by a program or to many (RFC 3834 2): no automatic answer may go to it."""
    if headers.text("auto-submitted").strip().lower() not in ("", "no"):
        return True
    if headers.text("precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(headers.has(name) for name in _LISTS):
        return True
    suppressed = headers.text("x-auto-response-suppress").lower()
    return any(word in suppressed for word in ("all", "autoreply", "oof")) or is_automatic_reply(headers)


def read_report(root: Part, sender: str, envelope_from: str | None) -> DeliveryReport | None:
    """The delivery report that this mail is, or None. `envelope_from` is empty for the null sender, None if unknown."""
    status = _find(root, "message/delivery-status")
    if status is not None:
        return _standard(root, status)
    # A postmaster is a person too: alone, the name in the address says little.
    is_null = headers_say_null(root.headers, envelope_from)
    from_robot = is_null or (envelope_from is None and bool(_ROBOTS.match(sender)))
    if root.content_type == "multipart/report" or (from_robot and _mentions_failure(root)):
        return DeliveryReport(True, _first_words(root), "", root.raw[root.start : root.start + _REPORT_BYTES])
    return None


def headers_say_null(headers: Headers, envelope_from: str | None) -> bool:
    """The null sender of RFC 5321 4.5.5. Return-Path is what a server noted of the envelope: it counts only where the
    envelope itself is not known, since anybody may write one into a mail."""
    return envelope_from == "" if envelope_from is not None else headers.raw("return-path") == b"<>"


def _standard(root: Part, status: Part) -> DeliveryReport:
    groups = _status_groups(status.content[:_REPORT_BYTES])
    failures = [group for group in groups if group.text("action").strip().lower() in ("failed", "")]
    failures = [group for group in failures if group.has("status") or group.has("action")]
    about = failures[0] if failures else (groups[-1] if groups else Headers(()))
    code, said = about.text("status"), about.text("diagnostic-code").partition(";")[2]
    return DeliveryReport(
        failed=bool(failures) and not code.strip().startswith("2"),
        reason=clean_line(f"{code} {said}", 300) or _first_words(root),
        recipient=_address(about, "original-recipient") or _address(about, "final-recipient"),
        returned=_returned(root),
    )


def _address(group: Headers, name: str) -> str:
    """RFC 3464 2.3: `rfc822; mia@example.com`."""
    return clean_line(group.text(name).rpartition(";")[2], 320)


def _status_groups(content: bytes) -> list[Headers]:
    groups: list[Headers] = []
    position = 0
    while position < len(content) and len(groups) < 20:
        headers, after = read_headers(content, position, len(content), top=True)
        if headers.fields:
            groups.append(headers)
        position = max(after, position + 1)
    return groups


def _returned(root: Part) -> bytes:
    original = _find(root, "message/rfc822") or _find(root, "text/rfc822-headers") or _find(root, "message/global")
    if original is not None:
        return original.content[:_REPORT_BYTES]
    return root.raw[root.start : root.start + _REPORT_BYTES]


def _find(part: Part, content_type: str) -> Part | None:
    waiting = [part]
    while waiting:
        one = waiting.pop(0)
        if one.content_type == content_type:
            return one
        waiting += one.children[:50]
    return None


def _mentions_failure(root: Part) -> bool:
    beginning = (root.headers.raw("subject") + root.raw[root.start : root.start + 4000]).lower()
    return any(word in beginning for word in _FAILURES)


def _first_words(root: Part) -> str:
    text = root
    while text.children:
        text = text.children[0]
    return clean_line(text.content[:2000].decode("utf-8", "replace"), 300)
