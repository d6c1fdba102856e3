from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from core.errors import Invalid, TooLarge
from crm.actions import (
    absorb_customer,
    add_identity,
    check_email,
    find_customer,
    find_or_create_customer,
    normalise_email,
    update_customer,
)
from crm.models import Customer, Identity, IdentityKind, Proof
from crm.selectors import email_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_address_is_one_customer_however_it_is_written() -> None:
    first = factories.customer("Mia", email="Mia@Example.COM")
    second = factories.customer("", email=" <mia@example.com> ")
    assert first == second
    assert email_of(first) == "Mia@Example.COM"


def test_a_name_fills_an_empty_one_and_never_replaces_one() -> None:
    factories.customer("", email="mia@example.com")
    assert factories.customer("Mia Chen", email="mia@example.com").name == "Mia Chen"
    assert factories.customer("M. Impostor", email="mia@example.com").name == "Mia Chen"


def test_proof_only_grows() -> None:
    def seen(proof: Proof) -> str:
        find_or_create_customer(IdentityKind.EMAIL, "mia@example.com", proof=proof)
        return Identity.objects.get().proof

    assert [seen(p) for p in (Proof.CLAIMED, Proof.SENDER, Proof.CLAIMED)] == ["claimed", "sender", "sender"]


@pytest.mark.parametrize("address", ["", "mia", "mia@", "@example.com", "mia@example.com\nBcc: x@y.z", "a b@c.d"])
def test_what_is_no_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(Invalid, match="not an email address"):
        check_email(address)


@pytest.mark.django_db(transaction=True)
def test_many_arrivals_of_a_new_address_at_once_make_one_customer() -> None:
    start = threading.Barrier(12)

    def arrive(_: int) -> int:
        try:
            start.wait()
            return factories.customer("Mia", email="mia@example.com").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(arrive, range(12)))) == 1
    assert (Customer.objects.count(), Identity.objects.count()) == (1, 1)


def test_an_identity_of_another_customer_is_not_taken_over(mia: Customer) -> None:
    lee = factories.customer("Lee", email="lee@example.com")
    with pytest.raises(Invalid, match="another customer"):
        add_identity(lee, IdentityKind.EMAIL, normalise_email("mia@example.com"), proof=Proof.CLAIMED)


def test_a_visitor_who_turns_out_to_be_known_is_found_as_the_survivor(mia: Customer) -> None:
    visitor = find_or_create_customer(IdentityKind.VISITOR, "token-hash", proof=Proof.DEVICE)
    with transaction.atomic():
        absorb_customer(visitor, mia)
    assert find_customer(IdentityKind.VISITOR, "token-hash") == mia


def test_profile_edits_are_cleaned_and_limited(mia: Customer) -> None:
    assert update_customer(mia.pk, name=" Mia\x00\n Chen ", about="Likes\r\ntea").about == "Likes\ntea"
    assert Customer.objects.get(pk=mia.pk).name == "Mia Chen"
    with pytest.raises(TooLarge):
        update_customer(mia.pk, about="x" * 10_001)
