from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.models import Agent
from contactcentre.demo.people import PASSWORD
from contactcentre.demo.telling import LOG_INS, tell_everything


class Command(BaseCommand):
    help = "Fill an empty database with a small shop, its people, mail and chats. Refuses outside development."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are people already")
        parser.add_argument("--tickets", type=int, default=0, metavar="N", help="add N more conversations of a crowd")

    def handle(self, *args: Any, if_empty: bool, tickets: int, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("Demo data and its known passwords exist in development only (DEBUG=1).")
        if Agent.objects.exists():
            if if_empty:
                return
            raise CommandError("There is data already. The demo fills an empty database only.")
        told = tell_everything(crowd_size=tickets)
        self.stdout.write(f"Demo data: {told} conversations. Sign in as {', '.join(LOG_INS)} with {PASSWORD!r}.")
