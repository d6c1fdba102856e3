from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.models import Brand
from email_inbox import intake
from email_inbox.models import InboundEmail, Mailbox, Source

Deliver = Callable[..., InboundEmail]


@pytest.fixture
def mailbox(brand: Brand) -> Mailbox:
    return Mailbox.objects.create(address="support@example.com", name="Acme Help", brand=brand)


@pytest.fixture
def deliver(mailbox: Mailbox) -> Deliver:
    """Receive and process a mail, as the intakes do; returns its row in the ledger."""

    def receive_and_process(
        raw: bytes, *, to: Mailbox = mailbox, envelope: intake.Envelope = intake.UNKNOWN
    ) -> InboundEmail:
        inbound = intake.receive(raw, to, Source.SMTP, envelope)
        intake.process(inbound.pk)
        return InboundEmail.objects.get(pk=inbound.pk)

    return receive_and_process
