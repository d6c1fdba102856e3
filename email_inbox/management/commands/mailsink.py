"""`manage.py mailsink`: catches the demo's outgoing mail; see /demo/mail/."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from email_inbox.sink import Sink
from email_inbox.smtp_server import serve


class Command(BaseCommand):
    help = "Catch outgoing mail for the page /demo/mail/. For trials only; refuses to run in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.MAIL_SINK_PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("the mail sink is for trials (DEBUG=1); in production mail must leave")
        try:
            asyncio.run(self._serve(host, port))
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None

    async def _serve(self, host: str, port: int) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        await serve(Sink(), host, port, max_bytes=settings.EMAIL_MAX_BYTES, ready=self._say, until=stop)

    def _say(self, port: int) -> None:
        self.stdout.write(f"Mail sink listens on port {port}")
        self.stdout.flush()
