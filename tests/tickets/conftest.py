from __future__ import annotations

from collections.abc import Generator

import pytest

from agents.models import Brand
from crm.models import Customer
from tests import factories
from tests.channel import NotebookChannel
from tickets import channels
from tickets.models import Ticket


@pytest.fixture
def notebook() -> Generator[NotebookChannel]:
    channel = NotebookChannel()
    channels.register(channel)
    yield channel
    channels._channels.pop(channel.key)


@pytest.fixture
def ticket(mia: Customer, brand: Brand, notebook: NotebookChannel) -> Ticket:
    return factories.ticket(mia, brand, channel=notebook.key)
