from __future__ import annotations

import pytest

from crm.actions import absorb_customer, find_or_create_customer, record_consent
from crm.models import Customer, IdentityKind, Proof

pytestmark = pytest.mark.django_db

TERMS = "We keep what you write for two years."


def test_the_same_words_from_the_same_place_are_one_consent(mia: Customer) -> None:
    first = record_consent(mia, kind="chat", text=TERMS, source="widget:abc", version="3", proof={"page": "/cart"})
    again = record_consent(mia, kind="chat", text=TERMS, source="widget:abc", version="3")
    assert again == first
    assert (first.text, first.version, first.proof, len(first.text_sha256)) == (TERMS, "3", {"page": "/cart"}, 64)
    assert record_consent(mia, kind="chat", text=TERMS + " New.", source="widget:abc") != first


def test_consents_go_with_the_person_when_records_join(mia: Customer) -> None:
    visitor = find_or_create_customer(IdentityKind.VISITOR, "a" * 64, proof=Proof.DEVICE)
    for person in (mia, visitor):
        record_consent(person, kind="chat", text=TERMS, source="widget:same")
    own = record_consent(visitor, kind="chat", text=TERMS, source="widget:own")
    absorb_customer(visitor, mia)
    assert mia.consents.count() == 2
    own.refresh_from_db()
    assert own.customer == mia
