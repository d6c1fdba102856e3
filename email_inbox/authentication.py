"""Did the mail come from where it says? SPF, DKIM and DMARC, read from a trusted relay or checked here.

A relay in front knows the client's address and has done the work: its Authentication-Results (RFC 8601) is believed
when the relay is named in MAIL_AUTHSERV_IDS. Only the topmost such field counts, since whatever stands below it came
with the mail; RFC 8601 5 makes the relay remove forgeries of its own name. Without one, and with MAIL_SENDER_CHECKS,
the library `authheaders` asks the DNS.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import authheaders
import authres
import authres.dmarc
import publicsuffix2
import spf as spf_library
from django.conf import settings

from email_inbox.models import Verdict
from email_inbox.parsing import read_top_headers
from email_inbox.parsing.addresses import addresses_of
from email_inbox.parsing.headers import Headers

logger = logging.getLogger(__name__)

SPF_SECONDS = 10
KNOWN = frozenset({"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror"})
_FEATURES = authres.FeatureContext(authres.dmarc)


@dataclass(frozen=True, slots=True)
class Authentication:
    """What is known about a mail's origin. The three results are RFC 8601's words, empty when not known.

    `verdict`: forged when DMARC failed, that is when the owner of the From domain disowns the mail; verified when
    DMARC passed, or DKIM or SPF passed for the From domain (RFC 7489 3.1, relaxed alignment); else unverified.
    """

    verdict: Verdict = Verdict.NOT_CHECKED
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    checked_by: str = ""
    """The relay's name, or "dns" when checked here."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who handed the mail over. SPF needs all three; without an address it is not checked."""

    address: str = ""
    helo: str = ""
    mail_from: str = ""


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    domain: str = ""


def is_checking() -> bool:
    """Whether this installation can say anything about origins."""
    return bool(settings.MAIL_AUTHSERV_IDS or settings.MAIL_SENDER_CHECKS)


def authenticate(raw: bytes, client: Client) -> Authentication:
    """The origin of a mail. Asks the DNS only when no trusted relay has spoken and MAIL_SENDER_CHECKS is on.

    Never raises: a mail that cannot be checked is unverified.
    """
    headers = read_top_headers(raw)
    told = read_results(headers, settings.MAIL_AUTHSERV_IDS)
    if told is not None:
        return told
    if not settings.MAIL_SENDER_CHECKS:
        return Authentication()
    try:
        return _check(raw, headers, client)
    except Exception:  # three libraries on hostile input: a failed check must not keep the mail from being handled
        logger.warning("a mail's origin could not be checked", exc_info=True)
        return Authentication(Verdict.UNVERIFIED, checked_by="dns")


def read_results(headers: Headers, trusted: Iterable[str]) -> Authentication | None:
    """What the topmost Authentication-Results of a trusted relay says; None without one. Pure."""
    names = {name.lower() for name in trusted}
    for value in headers.all("authentication-results"):
        field = _parse(value)
        if field is not None and str(field.authserv_id).lower() in names:
            found = [_from_field(one) for one in field.results]
            return replace(_judge(headers, found, is_told=True), checked_by=str(field.authserv_id))
    return None


def _parse(value: bytes) -> authres.AuthenticationResultsHeader | None:
    try:
        return _FEATURES.parse_value(value.decode("ascii", "replace"))
    except (authres.AuthResError, ValueError, RecursionError, IndexError):
        return None


def _from_field(one: authres.AuthenticationResult) -> _Result:
    properties = {f"{p.type}.{p.name}".lower(): str(p.value) for p in one.properties}
    domain = {
        "spf": properties.get("smtp.mailfrom") or properties.get("smtp.helo"),
        "dkim": properties.get("header.d") or properties.get("header.i"),
        "dmarc": properties.get("header.from"),
    }.get(one.method.lower())
    return _Result(one.method.lower(), str(one.result).lower(), _domain(domain or ""))


def _check(raw: bytes, headers: Headers, client: Client) -> Authentication:
    spf = _check_spf(client)
    dkim = authheaders.check_dkim(raw)
    dmarc = authheaders.check_dmarc(raw, spf_result=spf, dkim_result=dkim)
    results = [
        _Result("dkim", str(dkim.result or "none"), _domain(str(dkim.header_d or ""))),
        _Result("dmarc", str(dmarc.result or "none")),
    ]
    if spf is not None:
        results.append(_Result("spf", str(spf.result), _domain(client.mail_from or client.helo)))
    return replace(_judge(headers, results, is_told=False), checked_by="dns")


def _check_spf(client: Client) -> authres.SPFAuthenticationResult | None:
    """None when the client is not known or is one of our own relays, whose address says nothing about the sender."""
    if not client.address or client.address in settings.MAIL_RELAYS:
        return None
    result, reason = spf_library.check2(
        client.address, client.mail_from, client.helo, timeout=SPF_SECONDS, querytime=SPF_SECONDS
    )
    return authres.SPFAuthenticationResult(
        result=result, reason=reason, smtp_mailfrom=client.mail_from, smtp_helo=client.helo
    )


def _judge(headers: Headers, results: list[_Result], *, is_told: bool) -> Authentication:
    said = {method: _strongest(results, method) for method in ("spf", "dkim", "dmarc")}
    return Authentication(_verdict(headers, results, said["dmarc"], is_told=is_told), **said)


def _strongest(results: list[_Result], method: str) -> str:
    """One pass among several signatures is a pass (RFC 6376 6.1)."""
    found = [one.result for one in results if one.method == method and one.result in KNOWN]
    return "pass" if "pass" in found else (found[0] if found else "")


def _verdict(headers: Headers, results: list[_Result], dmarc: str, *, is_told: bool) -> Verdict:
    senders = addresses_of(headers, "from")
    if len(senders) != 1:
        # Several authors, or none: no single domain that could vouch for the mail.
        return Verdict.FORGED if dmarc == "fail" else Verdict.UNVERIFIED
    if dmarc == "fail":
        return Verdict.FORGED
    if dmarc == "pass" and is_told:
        return Verdict.VERIFIED
    home = _organisation(_domain(senders[0].address))
    aligned = (
        one.result == "pass" and one.method in ("spf", "dkim") and _organisation(one.domain) == home for one in results
    )
    return Verdict.VERIFIED if home and any(aligned) else Verdict.UNVERIFIED


def _domain(value: str) -> str:
    return value.rpartition("@")[2].strip().strip("<>").rstrip(".").lower()


def _organisation(domain: str) -> str:
    """The registered domain by the public suffix list (RFC 7489 3.2). Below a suffix that the list does not know, such
    as `.internal`, the last two labels are: `authheaders` would take the suffix itself and so join strangers."""
    known = str(_suffixes().get_sld(domain) or "") if domain else ""
    return known if "." in known else ".".join(domain.split(".")[-2:])


@cache
def _suffixes() -> publicsuffix2.PublicSuffixList:
    return publicsuffix2.PublicSuffixList()
