"""`manage.py rotate_secrets`: after a new key was put first in SECRETS_KEYS, and before an old one is taken out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.secrets import rotate_all


class Command(BaseCommand):
    help = "Encrypt all stored secrets again under the first of SECRETS_KEYS. May be repeated, and run while in use."

    def handle(self, *args: Any, **options: Any) -> None:
        changed, unreadable = rotate_all()
        self.stdout.write(f"{changed} secrets are under the first key now")
        if unreadable:
            raise CommandError(f"{unreadable} secrets cannot be read with any key: enter them again, or add their key")
