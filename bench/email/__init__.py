"""Mail in: mails/s through SMTP and through ingest_email, beside the bare limit; seconds until a mail is a message.

`make bench-email` (`ARGS=--quick`: a fifth of the mails). The bare limit is what no intake can do without: parse the
mail and commit one row with its bytes, from as many threads as the intake has. All run on a PostgreSQL of their own,
one after the other, with the same mails; the senders are a process of their own on the same machine.
"""

from __future__ import annotations


def main() -> None:
    from bench.email.measure import main as measure

    measure([])
