"""`manage.py smtpd`: the SMTP intake."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from email_inbox.smtp_server import Intake, serve


class Command(BaseCommand):
    help = "Receive mail by SMTP. A mail is accepted (250) once it is stored durably."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.SMTP_HOST)
        parser.add_argument("--port", type=int, default=settings.SMTP_PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            asyncio.run(self._serve(host, port))
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None

    async def _serve(self, host: str, port: int) -> None:
        handler, stop = Intake(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        await serve(handler, host, port, max_bytes=settings.EMAIL_MAX_BYTES, ready=self._say, until=stop)
        handler.close()

    def _say(self, port: int) -> None:
        self.stdout.write(f"SMTP intake listens on port {port}")
        self.stdout.flush()
