"""The SMTP side of the outbox: Django's email settings, and errors that say whether trying again makes sense."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from core.text import clean_line
from email_inbox.composing import compose
from email_inbox.models import OutboundEmail


@dataclass
class NotSent(Exception):
    """Why a mail did not leave.

    Attributes:
        permanent: the server will never take it (5xx).
        uncertain: the server may have taken it: the connection ended after the content was handed over.
    """

    reason: str
    permanent: bool = False
    uncertain: bool = False


class _OutcomeUnknown(smtplib.SMTPException):
    """The connection ended between DATA and the server's answer."""


class _CarefulData:
    """Mixed into smtplib's classes: tells a connection lost during DATA from one lost before it."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            return super().data(msg)  # type: ignore[misc,no-any-return]  # smtplib's, by the method resolution order
        except smtplib.SMTPResponseException:
            raise
        except OSError as error:  # SMTPServerDisconnected is one
            raise _OutcomeUnknown(str(error)) from error


class _Smtp(_CarefulData, smtplib.SMTP):
    pass


class _SmtpSsl(_CarefulData, smtplib.SMTP_SSL):
    pass


class CarefulSmtp(EmailBackend):
    """Django's SMTP backend whose errors tell whether the content had been handed over."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpSsl if self.use_ssl else _Smtp


def open_backend() -> BaseEmailBackend:
    """The configured backend; SMTP in its careful form."""
    backend = get_connection()
    return CarefulSmtp() if type(backend) is EmailBackend else backend


def send(outbound: OutboundEmail) -> None:
    """Hand one mail to the server. Raises NotSent."""
    try:
        compose(outbound, open_backend()).send()
    except _OutcomeUnknown as error:
        raise NotSent(_words(error), uncertain=True) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()), (451, b""))
        raise NotSent(_answer(code, said), permanent=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(_answer(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(_words(error)) from error
    except ValueError as error:  # BadHeaderError, an address that cannot be encoded: no later try will differ
        raise NotSent(_words(error), permanent=True) from error


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return clean_line(f"{code} {text}", 400)


def _words(error: Exception) -> str:
    return clean_line(f"{type(error).__name__}: {error}", 400)
