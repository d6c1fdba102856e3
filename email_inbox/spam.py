"""Is it spam? Points for what spam does and letters rarely do; each point has its reason in words.

Nothing is learnt silently: the rules stand here, people block senders, and a mail that was taken for spam lies in the
ledger with its reasons until somebody looks. An answer to one of our tickets by somebody in it is never judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.actions import normalise_email
from email_inbox.models import BlockedSender, BlockKind, InboundEmail, Verdict
from email_inbox.parsing import ParsedMail, read_top_headers
from email_inbox.parsing.headers import Headers

SPAM_POINTS = 5.0
"""From here on a mail is spam. One weak sign is never enough."""

_SPAM_STATUS = re.compile(r"\byes\b", re.IGNORECASE)
_SCORE = re.compile(r"score=(-?\d{1,3}(?:\.\d{1,3})?)", re.IGNORECASE)
_ADDRESS_IN_NAME = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_LETTERS = re.compile(r"[^\W\d_]")
_PROGRAM = re.compile(r"\.(exe|scr|com|bat|cmd|pif|js|jse|vbs|vbe|wsf|hta|lnk|iso|img|msi|jar|ps1)$", re.IGNORECASE)
_LINK = re.compile(r"https?://", re.IGNORECASE)
MANY_RECIPIENTS = 20
LONG_SUBJECT = 12


@dataclass(frozen=True, slots=True)
class Sign:
    points: float
    reason: str | Promise


@dataclass(frozen=True, slots=True)
class Judgement:
    """`points` is the sum over `signs`; spam from SPAM_POINTS on."""

    signs: tuple[Sign, ...]

    @property
    def points(self) -> float:
        return round(sum(sign.points for sign in self.signs), 1)

    @property
    def is_spam(self) -> bool:
        return self.points >= SPAM_POINTS

    @property
    def reason(self) -> str:
        said = "; ".join(str(sign.reason) for sign in sorted(self.signs, key=lambda sign: -sign.points))
        return _("Taken for spam (%(points)s points): %(why)s.") % {"points": f"{self.points:g}", "why": said}


# By hand: every mail is asked for it. An address before a domain.
_BLOCKED = f"""
SELECT * FROM email_inbox_blockedsender
WHERE brand_id = %s AND (kind = '{BlockKind.ADDRESS}' AND value = %s OR kind = '{BlockKind.DOMAIN}' AND value = ANY(%s))
ORDER BY kind, id LIMIT 1
"""


def blocked_by(inbound: InboundEmail, parsed: ParsedMail) -> BlockedSender | None:
    """The block that this mail's sender falls under, or None."""
    if parsed.sender is None:
        return None
    address = normalise_email(parsed.sender.address)
    labels = address.rpartition("@")[2].split(".")
    domains = [".".join(labels[position:]) for position in range(len(labels))][:10]
    found = BlockedSender.objects.raw(_BLOCKED, [inbound.mailbox.brand_id, address, domains])
    return next(iter(found), None)


def judge(parsed: ParsedMail, raw: bytes, verdict: str) -> Judgement:
    """Pure. `verdict` is what is known about the mail's origin (`authentication`)."""
    headers = read_top_headers(raw)
    return Judgement(tuple(sign for rule in _RULES for sign in rule(parsed, headers, verdict)))


def _said_by_filter(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    """A filter on the way said so. Only a yes is believed: a spammer may write a no."""
    status = headers.text("x-spam-status")
    score = _SCORE.search(status)
    if _SPAM_STATUS.match(headers.text("x-spam-flag").strip()) or _SPAM_STATUS.match(status.strip()):
        yield Sign(5.0, gettext_lazy("the mail server's filter says so"))
    elif score and float(score[1]) >= 3:
        yield Sign(2.0, gettext_lazy("the mail server's filter finds it doubtful"))


def _forged(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    if verdict == Verdict.FORGED:
        yield Sign(4.0, gettext_lazy("the sender's domain disowns it"))


def _two_faces(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    """`ceo@bank.example <crook@example.net>`: the name shown is another's address."""
    sender = parsed.sender
    shown = _ADDRESS_IN_NAME.search(sender.name) if sender else None
    if sender and shown and shown[1].lower() != sender.address.rpartition("@")[2].lower():
        yield Sign(2.5, gettext_lazy("its name shows another's address"))


def _answers_elsewhere(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    if parsed.sender and parsed.reply_to and not headers.has("list-id") and verdict != Verdict.VERIFIED:
        ours, theirs = (one.address.rpartition("@")[2].lower() for one in (parsed.sender, parsed.reply_to))
        if ours != theirs:
            yield Sign(1.0, gettext_lazy("answers go to another domain"))


def _shouting(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    letters = "".join(_LETTERS.findall(parsed.summary.subject))
    if len(letters) >= LONG_SUBJECT and letters.isupper() and letters != letters.lower():
        yield Sign(1.0, gettext_lazy("the subject is all capitals"))


def _crowd(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    if len(parsed.recipients) > MANY_RECIPIENTS:
        yield Sign(1.5, gettext_lazy("it goes to a crowd"))


def _programs(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    if any(_PROGRAM.search(found.name) for found in parsed.attachments):
        yield Sign(3.0, gettext_lazy("a program is attached"))


def _nothing_but_a_link(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    words = parsed.text.split()
    if 0 < len(words) <= 3 and _LINK.search(parsed.text) and not parsed.references:
        yield Sign(1.5, gettext_lazy("it is nothing but a link"))


def _bulk(parsed: ParsedMail, headers: Headers, verdict: str) -> Iterator[Sign]:
    if headers.text("precedence").strip().lower() in ("bulk", "junk") and not headers.has("list-unsubscribe"):
        yield Sign(1.5, gettext_lazy("a mass mail without a way to unsubscribe"))


_RULES: tuple[Callable[[ParsedMail, Headers, str], Iterator[Sign]], ...] = (
    _said_by_filter,
    _forged,
    _two_faces,
    _answers_elsewhere,
    _shouting,
    _crowd,
    _programs,
    _nothing_but_a_link,
    _bulk,
)
