"""The demo's mail sink: catches what leaves, so that a trial needs no mail server and bothers nobody."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from core.text import clean_line
from email_inbox.models import SinkMail
from email_inbox.parsing import summarise
from email_inbox.smtp_server import TRY_LATER, with_connection


class Sink:
    """aiosmtpd's handler: accepts everything for everybody."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = bytes(envelope.original_content or b"")
        await asyncio.to_thread(with_connection, keep, raw, envelope.mail_from or "", tuple(envelope.rcpt_tos))
        return "250 2.0.0 Caught"

    async def handle_exception(self, error: Exception) -> str:
        return TRY_LATER


def keep(raw: bytes, sender: str, recipients: tuple[str, ...]) -> SinkMail:
    return SinkMail.objects.create(
        envelope_from=clean_line(sender, 320),
        envelope_to=clean_line(", ".join(recipients), 1000),
        subject=summarise(raw).subject,
        content=raw,
    )
