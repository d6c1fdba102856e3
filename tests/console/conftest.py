from __future__ import annotations

import pytest

from agents.models import Brand
from crm.models import Customer
from email_inbox.models import Mailbox
from tests import factories
from tickets.models import Ticket


@pytest.fixture
def mailbox(brand: Brand) -> Mailbox:
    """Where the brand's answers leave from."""
    return Mailbox.objects.create(address="support@example.com", name="Acme", brand=brand)


@pytest.fixture
def ticket(brand: Brand, mia: Customer, mailbox: Mailbox) -> Ticket:
    """Mia asks Acme by email."""
    return factories.ticket(mia, brand)
