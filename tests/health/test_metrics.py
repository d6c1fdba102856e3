from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from agents.models import Brand
from chat.models import ChatSession, Widget
from contactcentre.counters import make_shared_folder
from crm.models import Customer
from email_inbox.models import InboundEmail, Mailbox
from tests import factories
from tickets.models import SlaTimer

ROOT = Path(__file__).resolve().parents[2]


def _scrape() -> dict[tuple[str, str], float]:
    """{(name, first label's value): value}; the last part of names as Prometheus knows them."""
    text = Client().get("/metrics").content.decode()
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_state_of_the_business_is_counted_at_the_scrape(mia: Customer, brand: Brand) -> None:
    ticket = factories.ticket(mia, brand)
    factories.ticket(mia, brand)
    now = timezone.now()
    SlaTimer.objects.filter(ticket=ticket).update(due_at=now - timedelta(minutes=1))
    ChatSession.objects.create(
        ticket=ticket,
        widget=Widget.objects.create(brand=brand, name="Shop"),
        visitor_hash="0" * 64,
        start_id="1",
        started_at=now - timedelta(seconds=90),
    )
    mailbox = Mailbox.objects.create(address="support@example.com", brand=brand)
    InboundEmail.objects.create(
        mailbox=mailbox, source="smtp", fingerprint="0", sha256="0", size=1, state="quarantined"
    )
    seen = _scrape()
    assert seen["contactcentre_database_up", ""] == 1
    assert seen["contactcentre_open_tickets", "new"] == 2
    assert seen["contactcentre_sla_timers_overdue", ""] == 1
    assert seen["contactcentre_waiting_chats", ""] == 1
    assert 90 <= seen["contactcentre_longest_chat_wait_seconds", ""] < 150
    assert seen["contactcentre_inbound_mails", "quarantined"] == 1
    assert seen["contactcentre_outbox_oldest_seconds", ""] == 0


def test_requests_are_counted(db: None) -> None:
    name = ("django_http_requests_before_middlewares_total", "")
    before = _scrape()[name]
    Client().get("/healthz")
    assert _scrape()[name] >= before + 2


def test_outside_of_development_only_the_token_opens_it(db: None, settings: Any) -> None:
    settings.LOCAL, settings.METRICS_TOKEN = False, "a-long-secret"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer a-long-secret"}).status_code == 200


SCRIPT = """
import contactcentre.wsgi
from django.test import Client
for _ in range({requests}):
    Client().get("/healthz")
print(Client().get("/metrics").content.decode())
"""


def test_each_of_several_processes_answers_for_all(db: None, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    left_over = tmp_path / "run" / "metrics" / "counter_1.db"
    left_over.parent.mkdir(parents=True)
    left_over.write_bytes(b"of a run that has ended")
    make_shared_folder()
    environment = os.environ | {"DATA_DIR": str(tmp_path)}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    for requests in (3, 0):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(requests=requests)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    total = next(line for line in run.stdout.splitlines() if line.startswith("django_http_requests_before_middl"))
    assert float(total.split()[-1]) == 5  # three and a scrape, and the second process' scrape


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_pages_carry_no_cookie(db: None, path: str) -> None:
    assert not Client().get(path).cookies
