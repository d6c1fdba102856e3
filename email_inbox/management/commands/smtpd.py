"""`manage.py smtpd`: the SMTP intake, and LMTP beside it when LMTP_LISTEN is set."""

from __future__ import annotations

import asyncio
import signal
import ssl
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from email_inbox.models import Source
from email_inbox.processing_pool import processes
from email_inbox.smtp_server import Certificate, Intake, serve, serve_lmtp


class Command(BaseCommand):
    help = "Receive mail by SMTP. A mail is accepted (250) once it is stored durably."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.SMTP_HOST)
        parser.add_argument("--port", type=int, default=settings.SMTP_PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        tls = _certificate()
        try:
            asyncio.run(self._serve(host, port, tls))
        except OSError as error:
            also = f" or {settings.LMTP_LISTEN}" if settings.LMTP_LISTEN else ""
            raise CommandError(f"cannot listen on {host}:{port}{also}: {error.strerror or error}") from None

    async def _serve(self, host: str, port: int, tls: Certificate | None) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        handlers = [Intake(make_pool=processes)]
        size = settings.EMAIL_MAX_BYTES
        secured: dict[str, Any] = {"tls": tls, "tls_required": settings.SMTP_TLS_REQUIRED}
        servers = [serve(handlers[0], host, port, max_bytes=size, ready=self._say, until=stop, **secured)]
        if settings.LMTP_LISTEN:
            handlers.append(Intake(Source.LMTP, processes))
            servers.append(serve_lmtp(handlers[1], settings.LMTP_LISTEN, max_bytes=size, until=stop))
        await asyncio.gather(*servers)
        for handler in handlers:
            handler.close()

    def _say(self, port: int) -> None:
        self.stdout.write(f"SMTP intake listens on port {port}")
        self.stdout.flush()


def _certificate() -> Certificate | None:
    chain, key = settings.SMTP_TLS_CERT, settings.SMTP_TLS_KEY
    if not chain and not key:
        if settings.SMTP_TLS_REQUIRED:
            raise CommandError("SMTP_TLS_REQUIRED needs SMTP_TLS_CERT and SMTP_TLS_KEY")
        return None
    try:
        return Certificate(chain, key or chain)
    except (OSError, ssl.SSLError) as error:
        raise CommandError(f"SMTP_TLS_CERT and SMTP_TLS_KEY cannot be used: {error.strerror or error}") from None
