"""The bare limit: `python -m bench.email.bare KIND COUNT RUN` parses and commits each mail, and prints its seconds."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
django.setup()

from django.conf import settings  # noqa: E402
from psycopg2 import Binary, connect  # noqa: E402

from bench.email.mails import make  # noqa: E402
from email_inbox.parsing import parse  # noqa: E402
from email_inbox.smtp_server import THREADS  # noqa: E402


def main(kind: str, count: int, run: str) -> float:
    mails = make(kind, count, run)
    with connect(settings.DATABASE_URL) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_mail")
        cursor.execute("CREATE TABLE bench_mail (sha256 text PRIMARY KEY, raw bytea)")
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(_store, [mails[number::THREADS] for number in range(THREADS)]))
    return time.monotonic() - began


def _store(mails: list[bytes]) -> None:
    connection = connect(settings.DATABASE_URL)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for raw in mails:
            parse(raw)
            cursor.execute("INSERT INTO bench_mail VALUES (%s, %s)", [hashlib.sha256(raw).hexdigest(), Binary(raw)])
    connection.close()


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
