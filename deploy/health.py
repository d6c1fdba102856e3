"""The health check of each role's container: `python deploy/health.py web|worker|beat|intake`. Exit code 0: healthy."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

BEAT_FOLDER = Path("/var/lib/contactcentre/beat")
BEAT_SILENCE_SECONDS = 600  # it writes its schedule down every three minutes
ASK_SECONDS = 12


def web() -> bool:
    """Asks under the public name: the product answers to no other."""
    public = urlsplit(os.environ["BASE_URL"])
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers=headers)
    with urllib.request.urlopen(request, timeout=ASK_SECONDS) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    name = f"celery@{os.uname().nodename}"
    command = ["celery", "-A", "contactcentre", "inspect", "ping", "--destination", name]
    return subprocess.run(command, capture_output=True, timeout=25).returncode == 0


def beat() -> bool:
    newest = max((file.stat().st_mtime for file in BEAT_FOLDER.glob("schedule*")), default=0.0)
    return time.time() - newest < BEAT_SILENCE_SECONDS


def intake() -> bool:
    with smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]), timeout=5) as client:
        return client.noop()[0] == 250


ROLES = {"web": web, "worker": worker, "beat": beat, "intake": intake}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in ROLES:
        print(f"Give one role: {', '.join(ROLES)}", file=sys.stderr)
        return 2
    try:
        return 0 if ROLES[arguments[0]]() else 1
    except (OSError, smtplib.SMTPException, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
