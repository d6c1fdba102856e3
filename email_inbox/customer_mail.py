"""Mails as a customer's program would send them, for trying the whole way round in the demo."""

from __future__ import annotations

import email
import email.policy
import email.utils
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import AppError, Invalid
from core.text import clean_line, clean_text
from crm.actions import check_email
from email_inbox.models import SinkMail
from email_inbox.parsing import parse


@dataclass(frozen=True, slots=True)
class Opened:
    """A caught mail as its reader sees it."""

    sender: str
    to: str
    reply_to: str
    subject: str
    date: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]


def open_mail(caught: SinkMail) -> Opened:
    raw = bytes(caught.content)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parsed = parse(raw)
    return Opened(
        sender=str(message.get("From", "")),
        to=str(message.get("To", caught.envelope_to)),
        reply_to=str(message.get("Reply-To") or message.get("From") or ""),
        subject=str(message.get("Subject", "")),
        date=str(message.get("Date", "")),
        text=parsed.text,
        html=parsed.html,
        headers=tuple((name, str(value)) for name, value in message.items()),
        attachments=tuple(file.name for file in parsed.attachments),
    )


def answer_as_customer(caught: SinkMail, text: str) -> None:
    """Send a proper reply (RFC 5322 3.6.4) to a caught mail through the SMTP intake. Raises Invalid, AppError."""
    opened = open_mail(caught)
    _check_words(text)
    headers = {name.lower(): value for name, value in opened.headers}
    reply = EmailMessage()
    reply["From"] = caught.envelope_to.split(", ")[0]
    reply["To"] = opened.reply_to
    reply["Subject"] = opened.subject if opened.subject.lower().startswith("re:") else f"Re: {opened.subject}"
    if before := headers.get("message-id", ""):
        reply["In-Reply-To"] = before
        reply["References"] = f"{headers.get('references', '')} {before}".strip()
    quoted = "\n".join(f"> {line}" for line in opened.text.splitlines()[:60])
    reply.set_content(f"{clean_text(text).strip()}\n\nOn {opened.date}, {opened.sender} wrote:\n{quoted}\n")
    _send(reply, email.utils.parseaddr(opened.reply_to)[1])


def write_as_customer(name: str, address: str, to: str, subject: str, text: str) -> None:
    """Send a new mail to one of our mailboxes through the SMTP intake. Raises Invalid, AppError."""
    _check_words(text)
    mail = EmailMessage()
    mail["From"] = email.utils.formataddr((clean_line(name, 100), check_email(address)))
    mail["To"] = check_email(to)
    mail["Subject"] = clean_line(subject, 300)
    mail.set_content(clean_text(text).strip() + "\n")
    _send(mail, check_email(to))


def _check_words(text: str) -> None:
    if not text.strip():
        raise Invalid(_("Write a few words first."), code="empty")


def _send(mail: EmailMessage, recipient: str) -> None:
    mail["Date"] = email.utils.localtime()
    mail["Message-ID"] = email.utils.make_msgid(domain="customers.example.net")
    host = "127.0.0.1" if settings.SMTP_HOST in ("", "0.0.0.0") else settings.SMTP_HOST
    try:
        with smtplib.SMTP(host, settings.SMTP_PORT, timeout=10) as smtp:
            smtp.send_message(mail, to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        raise Invalid(_("The mail was refused: there is no such mailbox.")) from error
    except (smtplib.SMTPException, OSError) as error:
        raise AppError(_("The SMTP intake does not answer. Is `make run` still running?"), status=503) from error
