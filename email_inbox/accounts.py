"""Signing in to accounts with OAuth 2: access tokens renewed from the refresh token (RFC 6749, section 6)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import requests
from django.utils import timezone
from django.utils.translation import gettext as _

from core.secrets import Secret
from core.text import clean_line
from email_inbox.models import MailAccount
from email_inbox.models.account import is_safe_endpoint

TIMEOUT = (10, 15)  # seconds to connect, and between two bytes
# A token that is about to run out may do so on the way.
MARGIN = timedelta(seconds=60)
LARGEST_ANSWER = 100_000


class Refused(Exception):
    """The provider gives no token; the words are for the administrator."""


def access_token(account: MailAccount, *, now: datetime | None = None) -> str:
    """A token that is valid now, renewed when needed and kept for the next time. Raises Refused."""
    now = now or timezone.now()
    if account.access_token and account.token_expires_at and account.token_expires_at - MARGIN > now:
        kept: Secret = account.access_token
        return kept.reveal()
    answer = _renew(account)
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise Refused(_("The provider's token service gave no access token."))
    _keep(account, token, answer, now)
    return token


def begin_anew(account: MailAccount, changed: Iterable[str]) -> None:
    """Somebody changed these fields of the account (not saved yet): look at once, and forget what no longer holds."""
    changed = set(changed)
    account.due_at, account.attempts, account.last_error = timezone.now(), 0, ""
    if changed & {"host", "port", "user", "folder", "mailbox"}:
        account.uidvalidity = account.last_uid = 0
        account.server_count = account.our_count = account.reconciled_at = None
        account.alarm = ""
    if changed & {"user", "auth", "client_id", "client_secret", "token_endpoint", "scope", "refresh_token"}:
        account.access_token, account.token_expires_at = Secret(), None


def forget_access_token(account: MailAccount) -> None:
    """The mail server refused it before its time: the next try begins with a new one."""
    account.access_token, account.token_expires_at = Secret(), None
    MailAccount.objects.filter(pk=account.pk).update(access_token=Secret(), token_expires_at=None)


def _renew(account: MailAccount) -> dict[str, Any]:
    if not is_safe_endpoint(account.token_endpoint):
        raise Refused(_("The token endpoint must be an https address."))
    form = {
        "grant_type": "refresh_token",
        "refresh_token": account.refresh_token.reveal(),
        "client_id": account.client_id,
        "client_secret": account.client_secret.reveal(),
        "scope": account.scope,
    }
    form = {name: value for name, value in form.items() if value}
    try:
        with requests.post(
            account.token_endpoint, data=form, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            body = answer.raw.read(LARGEST_ANSWER, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise Refused(_("The provider's token service does not answer (%s).") % type(error).__name__) from None
    return _checked(answer.status_code, body)


def _checked(status: int, body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = {}
    found = found if isinstance(found, dict) else {}
    if status == 200:
        return found
    error = clean_line(str(found.get("error") or status), 60)
    if error == "invalid_grant":
        raise Refused(_("The provider no longer accepts the refresh token. Connect the account again."))
    raise Refused(_("The provider's token service refused: %s") % error)


def _keep(account: MailAccount, token: str, answer: dict[str, Any], now: datetime) -> None:
    """Some providers give a new refresh token with each use and end the old one: it is stored at once."""
    try:
        seconds = max(0, min(int(answer.get("expires_in") or 0), 86_400))
    except (TypeError, ValueError):
        seconds = 0
    changes: dict[str, Any] = {
        "access_token": Secret.of(token),
        "token_expires_at": now + timedelta(seconds=seconds),
    }
    fresh = answer.get("refresh_token")
    if isinstance(fresh, str) and fresh:
        changes["refresh_token"] = Secret.of(fresh)
    MailAccount.objects.filter(pk=account.pk).update(**changes)
    for name, value in changes.items():
        setattr(account, name, value)
