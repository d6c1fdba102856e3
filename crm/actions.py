"""Finding, creating and changing customers."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.events import publish
from core.text import check_length, clean_line, clean_text
from crm.events import CustomerChanged
from crm.models import Consent, Customer, Identity, IdentityKind, Proof

ABOUT_LIMIT = 10_000


def normalise_email(address: str) -> str:
    """The comparable form of an address: trimmed, lower case.

    RFC 5321 2.4 lets the local part be case-sensitive; no provider of note makes use of it, people type both.
    """
    return clean_line(address, 320).strip("<> ").lower()


def check_email(address: str) -> str:
    """Return the normalised address or raise Invalid in the reader's words."""
    address = normalise_email(address)
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(
            _("“%(address)s” is not an email address.") % {"address": clean_line(address, 80)},
            code="bad_email",
        ) from error
    return address


def find_customer(kind: str, value: str) -> Customer | None:
    """The surviving customer with this identity, or None."""
    identity = Identity.objects.select_related("customer__merged_into").filter(kind=kind, value=value).first()
    return surviving(identity.customer) if identity else None


def surviving(customer: Customer) -> Customer:
    """Follow `merged_into` to the record that lives."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def find_or_create_customer(
    kind: str,
    value: str,
    *,
    name: str = "",
    proof: str = Proof.CLAIMED,
    display: str = "",
) -> Customer:
    """The customer with this identity, made if need be. Safe when many callers meet the same new identity at once.

    A name fills an empty one and never replaces one; a stronger proof replaces a weaker one.
    `value` must be normalised (`normalise_email`).
    """
    existing = _touch(kind, value, name=name, proof=proof)
    if existing:
        return existing
    try:
        with transaction.atomic():
            customer = Customer.objects.create(name=clean_line(name))
            Identity.objects.create(
                customer=customer,
                kind=kind,
                value=value,
                display=clean_line(display or value, 320),
                proof=proof,
            )
    except IntegrityError:
        winner = _touch(kind, value, name=name, proof=proof)
        if winner is None:
            raise
        return winner
    publish(CustomerChanged(customer_id=customer.pk))
    return customer


def _touch(kind: str, value: str, *, name: str, proof: str) -> Customer | None:
    identity = Identity.objects.select_related("customer__merged_into").filter(kind=kind, value=value).first()
    if identity is None:
        return None
    customer = surviving(identity.customer)
    if name and not customer.name:
        customer.name = clean_line(name)
        customer.save(update_fields=["name"])
    if Proof.values.index(proof) > Proof.values.index(identity.proof):
        identity.proof = proof
        identity.save(update_fields=["proof"])
    return customer


def add_identity(customer: Customer, kind: str, value: str, *, proof: str, display: str = "") -> Identity:
    """Give `customer` one more identity. Raises Invalid when it already belongs to another customer."""
    identity, _created = Identity.objects.get_or_create(
        kind=kind,
        value=value,
        defaults={
            "customer": customer,
            "proof": proof,
            "display": clean_line(display or value, 320),
        },
    )
    if surviving(identity.customer) != surviving(customer):
        raise Invalid(_("This already belongs to another customer."), code="identity_taken")
    return identity


def update_customer(customer_id: int, *, name: str | None = None, about: str | None = None) -> Customer:
    """Change what an agent may edit on the profile. Raises TooLarge. Publishes CustomerChanged."""
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        if name is not None:
            customer.name = clean_line(name)
        if about is not None:
            check_length(about, ABOUT_LIMIT)
            customer.about = clean_text(about)
        customer.save(update_fields=["name", "about"])
        publish(CustomerChanged(customer_id=customer.pk))
    return customer


def absorb_customer(customer: Customer, survivor: Customer) -> None:
    """Mark an anonymous record as being `survivor`. Call inside a transaction; tickets are moved by their own app."""
    if customer.pk == survivor.pk:
        return
    customer.identities.exclude(kind=IdentityKind.EMAIL).update(customer=survivor)
    _move_consents(customer, survivor)
    customer.merged_into = survivor
    customer.save(update_fields=["merged_into"])
    publish(CustomerChanged(customer_id=survivor.pk))


def _move_consents(customer: Customer, survivor: Customer) -> None:
    """A consent is the person's. One that the survivor gave too (same words, same place) stays with the old record."""
    held = set(survivor.consents.values_list("kind", "text_sha256", "source"))
    for consent in customer.consents.all():
        if (consent.kind, consent.text_sha256, consent.source) not in held:
            consent.customer = survivor
            consent.save(update_fields=["customer"])


def record_consent(
    customer: Customer,
    *,
    kind: str,
    text: str,
    source: str,
    version: str = "",
    proof: dict[str, str] | None = None,
    now: datetime | None = None,
) -> Consent:
    """Keep that `customer` agreed to exactly `text`. The same text from the same source again returns the first record.

    Args:
        source: where the tick was made, such as "widget:<opaque id of the chat>".
        proof: what the edge knew at that moment; no secrets.
    """
    text = clean_text(text)
    consent, _created = Consent.objects.get_or_create(
        customer=customer,
        kind=kind,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        source=clean_line(source, 100),
        defaults={
            "text": text,
            "version": clean_line(version, 64),
            "proof": proof or {},
            "given_at": now or timezone.now(),
        },
    )
    return consent
