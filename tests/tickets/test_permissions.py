from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from agents.models import Agent
from core.errors import NotFound
from crm.models import Customer
from tests import factories
from tickets.content import NewAttachment
from tickets.models import Ticket
from tickets.permissions import (
    access_attachment,
    access_customer,
    access_message,
    access_ticket,
    visible_customers,
    visible_tickets,
)

pytestmark = pytest.mark.django_db


def test_agents_of_the_brand_and_administrators_see_a_ticket(
    ana: Agent, leo: Agent, ada: Agent, ticket: Ticket
) -> None:
    for agent in (ana, leo, ada):
        assert access_ticket(agent, ticket.pk, "view") == ticket
        assert list(visible_tickets(agent)) == [ticket]


def test_for_an_agent_of_another_brand_nothing_of_it_exists(otto: Agent, mia: Customer, ticket: Ticket) -> None:
    message = factories.says(mia, ticket, "photo", attachments=(NewAttachment("a.txt", b"x"),))
    attachment = message.attachments.get()
    for door in (
        lambda: access_ticket(otto, ticket.pk, "view"),
        lambda: access_message(otto, message.public_id),
        lambda: access_attachment(otto, attachment.public_id),
        lambda: access_customer(otto, mia.public_id),
    ):
        with pytest.raises(NotFound):
            door()
    assert not visible_tickets(otto).exists()
    assert not visible_customers(otto).exists()


def test_nobody_and_former_agents_get_in_nowhere(ana: Agent, ticket: Ticket) -> None:
    ana.is_active = False
    for person in (AnonymousUser(), ana):
        with pytest.raises(NotFound):
            access_ticket(person, ticket.pk, "view")


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "", "9" * 40, "1 OR 1=1", "١"])
def test_an_id_that_is_none_is_simply_not_found(ana: Agent, ticket: Ticket, pk: str) -> None:
    with pytest.raises(NotFound):
        access_ticket(ana, pk, "view")


def test_a_customer_with_a_conversation_of_the_brand_is_seen(ana: Agent, mia: Customer, ticket: Ticket) -> None:
    assert access_customer(ana, mia.public_id) == mia
