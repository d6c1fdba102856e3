"""The SMTP side of the outbox: Django's email settings, and errors that say whether trying again makes sense."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from core.secrets import SecretUnreadable
from core.text import clean_line
from email_inbox.composing import compose
from email_inbox.models import Mailbox, OutboundEmail, Security

TIMEOUT = 30
"""Seconds to wait for a mailbox's own server at each step."""


@dataclass
class NotSent(Exception):
    """Why a mail did not leave.

    Attributes:
        permanent: the server will never take it (5xx).
        uncertain: the server may have taken it: the connection ended after the content was handed over.
        refused: recipients that the server refused for good, with its words.
    """

    reason: str
    permanent: bool = False
    uncertain: bool = False
    refused: dict[str, str] = field(default_factory=dict)


class _OutcomeUnknown(smtplib.SMTPException):
    """The connection ended between DATA and the server's answer."""


class _CarefulData:
    """Mixed into smtplib's classes: tells a connection lost during DATA from one lost before it, and keeps who was
    refused while others were not."""

    refused: dict[str, tuple[int, bytes]]

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            return super().data(msg)  # type: ignore[misc,no-any-return]  # smtplib's, by the method resolution order
        except smtplib.SMTPResponseException:
            raise
        except OSError as error:  # SMTPServerDisconnected is one
            raise _OutcomeUnknown(str(error)) from error

    def sendmail(self, *args: Any, **options: Any) -> dict[str, tuple[int, bytes]]:
        refused: dict[str, tuple[int, bytes]] = super().sendmail(*args, **options)  # type: ignore[misc]
        self.refused.update(refused)
        return refused


class _Smtp(_CarefulData, smtplib.SMTP):
    pass


class _SmtpSsl(_CarefulData, smtplib.SMTP_SSL):
    pass


class CarefulSmtp(EmailBackend):
    """Django's SMTP backend whose errors tell whether the content had been handed over.

    `refused`: recipients that the server did not take while it took the mail for the others.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.refused: dict[str, tuple[int, bytes]] = {}

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        kind = _SmtpSsl if self.use_ssl else _Smtp
        # Django makes the connection and throws it away; what it learns must outlive it.
        return type(kind.__name__, (kind,), {"refused": self.refused})


def open_backend(mailbox: Mailbox | None = None) -> BaseEmailBackend:
    """The mailbox's own server, else the configured backend; SMTP in its careful form. Raises SecretUnreadable."""
    if mailbox is not None and mailbox.smtp_host:
        return CarefulSmtp(
            host=mailbox.smtp_host,
            port=mailbox.smtp_port,
            username=mailbox.smtp_user,
            password=mailbox.smtp_password.reveal(),
            use_tls=mailbox.smtp_security == Security.STARTTLS,
            use_ssl=mailbox.smtp_security == Security.TLS,
            timeout=TIMEOUT,
        )
    backend = get_connection()
    return CarefulSmtp() if type(backend) is EmailBackend else backend


def send(outbound: OutboundEmail) -> dict[str, str]:
    """Hand one mail to the server; return who was refused while others were not, with its words. Raises NotSent."""
    try:
        backend = open_backend(outbound.mailbox)
        compose(outbound, backend).send()
    except SecretUnreadable as error:
        raise NotSent(str(error.message)) from error
    except _OutcomeUnknown as error:
        raise NotSent(_words(error), uncertain=True) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _all_refused(error) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(_answer(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(_words(error)) from error
    except ValueError as error:  # BadHeaderError, an address that cannot be encoded: no later try will differ
        raise NotSent(_words(error), permanent=True) from error
    return {to: _answer(code, said) for to, (code, said) in getattr(backend, "refused", {}).items()}


def _all_refused(error: smtplib.SMTPRecipientsRefused) -> NotSent:
    """For good only when no recipient may be taken at a later try."""
    codes = [code for code, _said in error.recipients.values()]
    code, said = next(iter(error.recipients.values()), (451, b""))
    is_permanent = bool(codes) and all(code >= 500 for code in codes)
    refused = {to: _answer(code, said) for to, (code, said) in error.recipients.items()} if is_permanent else {}
    return NotSent(_answer(code, said), permanent=is_permanent, refused=refused)


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return clean_line(f"{code} {text}", 400)


def _words(error: Exception) -> str:
    return clean_line(f"{type(error).__name__}: {error}", 400)
