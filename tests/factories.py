"""Plain builders: the shortest way to a real row, through the product's own actions where there is one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.text import slugify

from agents.models import Agent, Brand, Role, Team
from crm.actions import find_or_create_customer, normalise_email
from crm.models import Customer, IdentityKind, Proof
from tickets.actions import open_ticket, post_customer_message
from tickets.content import NewMessage
from tickets.models import Message, Ticket

PASSWORD = "correct horse battery"


def brand(name: str = "Acme", **fields: Any) -> Brand:
    return Brand.objects.create(name=name, slug=slugify(name), **fields)


def team(name: str, of: Brand) -> Team:
    return Team.objects.create(name=name, brand=of)


def agent(name: str, *, role: str = Role.AGENT, brands: Iterable[Brand] = (), **fields: Any) -> Agent:
    made = Agent.objects.create_user(f"{slugify(name)}@agents.example.com", PASSWORD, name=name, role=role, **fields)
    made.brands.set(brands)
    return made


def customer(name: str = "Mia Chen", *, email: str = "mia@example.com") -> Customer:
    return find_or_create_customer(
        IdentityKind.EMAIL,
        normalise_email(email),
        name=name,
        proof=Proof.SENDER,
        display=email,
    )


def ticket(
    of: Customer,
    brand: Brand,
    *,
    subject: str = "My parcel",
    text: str = "Where is it?",
    channel: str = "email",
) -> Ticket:
    opened, _message = open_ticket(
        customer=of,
        brand=brand,
        channel=channel,
        subject=subject,
        message=NewMessage(text),
    )
    return opened


def says(of: Customer, on: Ticket, text: str, **fields: Any) -> Message:
    return post_customer_message(on.pk, customer=of, channel=on.channel, message=NewMessage(text, **fields))
