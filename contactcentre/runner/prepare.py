"""Migrations, demo data, a folder for metrics; in one process, as loading Django costs a second at every start."""

from __future__ import annotations

import os

import django
from django.core.management import call_command

from contactcentre.counters import make_shared_folder


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("demo", if_empty=True)
    make_shared_folder()


if __name__ == "__main__":
    main()
