"""Who the site says its visitor is: a JWT (RFC 7519) signed with the widget's secret by HS256, and nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from chat.errors import BadIdentity
from chat.models import Widget
from core.errors import Invalid
from core.text import clean_line
from crm.actions import check_email

logger = logging.getLogger(__name__)

ALGORITHM = "HS256"
LONGEST_TOKEN = 4096
LONGEST_LIFE = timedelta(days=30)
"""A signature may vouch for this long at most: a token that leaked should not open a history for years."""
LONGEST_SUBJECT = 200
LEEWAY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SignedIdentity:
    """The claims that we use, cleaned. `email_verified` only counts together with an email."""

    subject: str
    expires_at: datetime
    name: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""


def read_identity(widget: Widget, token: str, *, now: datetime) -> SignedIdentity:
    """The claims of a token that this widget's site signed.

    Raises BadIdentity, with the same words whatever was wrong; the reason is logged for the site's developers.
    """
    if not widget.identity_secret or len(token) > LONGEST_TOKEN:
        logger.info("widget %s: an identity was refused: no secret is set or the token is too long", widget.pk)
        raise BadIdentity
    try:
        claims = jwt.decode(
            token,
            widget.identity_secret.reveal(),
            algorithms=[ALGORITHM],
            options={
                "require": ["exp", "sub"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
        return _checked(claims, now)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError) as error:
        logger.info("widget %s: an identity was refused: %s", widget.pk, error)
        raise BadIdentity from error


def _checked(claims: dict[str, object], now: datetime) -> SignedIdentity:
    """Times by our own clock argument. Raises ValueError."""
    expires_at = _time(claims["exp"])
    if expires_at <= now - LEEWAY:
        raise ValueError("it has expired")
    if expires_at > now + LONGEST_LIFE + LEEWAY:
        raise ValueError("it is valid for more than thirty days")
    if "nbf" in claims and _time(claims["nbf"]) > now + LEEWAY:
        raise ValueError("it is not valid yet")
    # Never cleaned: what is made alike would be one person.
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject or clean_line(subject, LONGEST_SUBJECT) != subject:
        raise ValueError("sub is empty, longer than 200 characters, or has spaces around it or unusual characters")
    return SignedIdentity(
        subject=subject,
        expires_at=expires_at,
        name=_text(claims, "name", 200),
        email=_email(_text(claims, "email", 320)),
        email_verified=claims.get("email_verified") is True,
        phone=_text(claims, "phone", 40),
    )


def _time(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a time is no number")
    return datetime.fromtimestamp(value, UTC)


def _text(claims: dict[str, object], name: str, limit: int) -> str:
    value = claims.get(name)
    return clean_line(value, limit) if isinstance(value, str) else ""


def _email(address: str) -> str:
    """A claim that is no address is left out: the rest of the identity stands."""
    try:
        return check_email(address) if address else ""
    except Invalid:
        return ""
