"""Reads about customers."""

from __future__ import annotations

from crm.models import Customer, IdentityKind


def email_of(customer: Customer) -> str:
    """The address to write to, as the customer wrote it, or an empty string. Best-proved first, then oldest."""
    emails = [i for i in customer.identities.all() if i.kind == IdentityKind.EMAIL]
    emails.sort(key=lambda i: (i.proof == "claimed", i.pk))
    return str(emails[0]) if emails else ""
