"""Migrations and demo data in one process: loading Django twice would cost a second at every start."""

from __future__ import annotations

import os

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("demo", if_empty=True)


if __name__ == "__main__":
    main()
