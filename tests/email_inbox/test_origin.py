"""Where a mail really comes from: told by a trusted relay, or checked against the DNS."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agents.models import Agent
from crm.models import Customer, Identity, Proof
from email_inbox import intake
from email_inbox.authentication import Authentication, Client, authenticate, read_results
from email_inbox.models import InboundEmail, Mailbox, Verdict
from email_inbox.parsing import read_top_headers
from email_inbox.tokens import reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.mails import mail
from tests.email_inbox.names import name_server
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Ticket

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
RECORDS = {
    "example.com": "v=spf1 ip4:192.0.2.10 -all",
    "s1._domainkey.example.com": f"v=DKIM1; k=rsa; p={PUBLIC}",
    "_dmarc.example.com": "v=DMARC1; p=reject",
    "lax.example": "v=spf1 ip4:192.0.2.0/24 -all",
    "bulk.example": "v=spf1 ip4:192.0.2.20 -all",
}
LETTER = (
    b"From: Mia <mia@example.com>\r\nTo: support@example.com\r\nSubject: Hello\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n"
)


def told(value: str, **others: str) -> Authentication | None:
    fields = [f"Authentication-Results: {value}", *others.values(), "From: Mia <mia@example.com>"]
    return read_results(read_top_headers("\r\n".join([*fields, "", "Hello"]).encode()), ["mx.trusted.example"])


class TestTold:
    def test_a_trusted_relays_word_is_taken(self) -> None:
        found = told(
            "mx.trusted.example;\r\n spf=pass smtp.mailfrom=bounce@mail.example.com;\r\n"
            " dkim=pass header.d=example.com header.s=s1; dmarc=pass header.from=example.com"
        )
        assert found == Authentication(Verdict.VERIFIED, "pass", "pass", "pass", "mx.trusted.example")

    def test_anybody_elses_word_is_not(self) -> None:
        assert told("mx.crook.example; dmarc=pass header.from=example.com") is None

    def test_only_the_topmost_of_the_relay_counts(self) -> None:
        found = told(
            "mx.trusted.example; dmarc=fail header.from=example.com",
            forged="Authentication-Results: mx.trusted.example; dmarc=pass header.from=example.com",
        )
        assert found is not None
        assert found.verdict == Verdict.FORGED

    @pytest.mark.parametrize(
        ("results", "verdict"),
        [
            ("dkim=pass header.d=mail.example.com", Verdict.VERIFIED),
            ("spf=pass smtp.mailfrom=x@example.com", Verdict.VERIFIED),
            ("dkim=pass header.d=newsletter.example", Verdict.UNVERIFIED),
            ("dkim=pass header.d=notexample.com", Verdict.UNVERIFIED),
            ("dkim=fail header.d=example.com; dkim=pass header.d=example.com", Verdict.VERIFIED),
            ("spf=softfail smtp.mailfrom=x@example.com; dkim=none", Verdict.UNVERIFIED),
            ("none", Verdict.UNVERIFIED),
        ],
    )
    def test_without_dmarc_what_passed_must_be_of_the_senders_domain(self, results: str, verdict: str) -> None:
        found = told(f"mx.trusted.example; {results}")
        assert found is not None
        assert found.verdict == verdict

    def test_a_mail_with_two_authors_is_vouched_for_by_nobody(self) -> None:
        raw = (
            b"Authentication-Results: mx.trusted.example; dkim=pass header.d=example.com\r\n"
            b"From: mia@example.com, ceo@bank.example\r\n\r\nHello"
        )
        found = read_results(read_top_headers(raw), ["mx.trusted.example"])
        assert found is not None
        assert found.verdict == Verdict.UNVERIFIED

    @pytest.mark.parametrize("junk", ["", ";;;;", "mx.trusted.example; =", "\x00\xff", "(" * 5000, "a" * 100_000])
    def test_junk_is_no_word_at_all(self, junk: str) -> None:
        found = told(junk)
        assert found is None or found.verdict == Verdict.UNVERIFIED


@pytest.fixture
def dns_answers(settings: Any) -> Iterator[None]:
    settings.MAIL_SENDER_CHECKS = True
    with name_server(RECORDS):
        yield


def signed(letter: bytes = LETTER) -> bytes:
    signature: bytes = dkim.sign(letter, b"s1", b"example.com", PEM)
    return signature + letter


@pytest.mark.usefixtures("dns_answers")
class TestChecked:
    def test_a_signature_of_the_senders_domain_verifies(self) -> None:
        found = authenticate(signed(), Client())
        assert (found.verdict, found.dkim, found.dmarc, found.checked_by) == ("verified", "pass", "pass", "dns")

    def test_a_changed_letter_is_disowned_by_its_domain(self) -> None:
        found = authenticate(signed().replace(b"\r\n\r\nHello", b"\r\n\r\nSend money"), Client())
        assert (found.verdict, found.dkim, found.dmarc) == ("forged", "fail", "fail")

    def test_the_domains_own_server_needs_no_signature(self) -> None:
        found = authenticate(LETTER, Client("192.0.2.10", "mx.example.com", "mia@example.com"))
        assert (found.verdict, found.spf, found.dmarc) == ("verified", "pass", "pass")

    def test_another_server_without_signature_is_a_forgery(self) -> None:
        found = authenticate(LETTER, Client("198.51.100.7", "mx.crook.example", "mia@example.com"))
        assert (found.verdict, found.spf, found.dmarc) == ("forged", "fail", "fail")

    def test_a_domain_without_a_policy_is_verified_by_spf_alone(self) -> None:
        letter = LETTER.replace(b"mia@example.com", b"mia@lax.example")
        assert authenticate(letter, Client("192.0.2.77", "x", "mia@lax.example")).verdict == Verdict.VERIFIED
        assert authenticate(letter, Client("198.51.100.7", "x", "mia@lax.example")).verdict == Verdict.UNVERIFIED

    def test_spf_of_another_domain_vouches_for_nobody(self) -> None:
        letter = LETTER.replace(b"mia@example.com", b"mia@lax.example")
        assert authenticate(letter, Client("192.0.2.20", "x", "news@bulk.example")).verdict == Verdict.UNVERIFIED

    def test_our_own_relays_address_is_not_judged(self, settings: Any) -> None:
        settings.MAIL_RELAYS = ["198.51.100.7"]
        assert authenticate(signed(), Client("198.51.100.7", "relay", "mia@example.com")).verdict == Verdict.VERIFIED

    @pytest.mark.parametrize(
        "letter", [b"", b"\x00", b"From: \xff\xfe\r\n\r\n", b"DKIM-Signature: v=1;;;\r\n" + LETTER]
    )
    def test_nothing_that_arrives_breaks_the_check(self, letter: bytes) -> None:
        assert authenticate(letter, Client("192.0.2.10", "", "")).verdict != Verdict.VERIFIED


@pytest.mark.django_db
class TestEffect:
    def test_it_stands_in_the_ledger(self, deliver: Deliver, settings: Any) -> None:
        settings.MAIL_AUTHSERV_IDS = ["mx.trusted.example"]
        raw = b"Authentication-Results: mx.trusted.example; dmarc=pass header.from=example.com\r\n" + mail()
        row = deliver(raw)
        assert (row.verdict, row.dmarc, row.checked_by) == (Verdict.VERIFIED, "pass", "mx.trusted.example")

    def test_who_forges_a_customer_does_not_get_into_their_ticket(
        self, deliver: Deliver, ana: Agent, mailbox: Mailbox, settings: Any
    ) -> None:
        settings.MAIL_AUTHSERV_IDS = ["mx.trusted.example"]
        ticket = Ticket.objects.get(inbound_emails=deliver(mail()))
        post_reply(ana, ticket.pk, NewMessage("On its way."))
        answer = mail("Send it to my new address.", to=reply_address(mailbox.address, ticket.public_id))
        forged = deliver(b"Authentication-Results: mx.trusted.example; dmarc=fail header.from=example.com\r\n" + answer)
        assert forged.verdict == Verdict.FORGED
        assert forged.ticket_id != ticket.pk
        assert "forged" in forged.reason
        assert ticket.messages.count() == 2

    def test_a_forged_address_of_somebody_new_stays_a_claim(self, deliver: Deliver, settings: Any) -> None:
        settings.MAIL_AUTHSERV_IDS = ["mx.trusted.example"]
        deliver(b"Authentication-Results: mx.trusted.example; dmarc=fail header.from=example.com\r\n" + mail())
        assert Identity.objects.get(value="mia@example.com").proof == Proof.CLAIMED
        assert Customer.objects.count() == 1

    def test_the_address_of_who_handed_it_over_is_kept(self, mailbox: Mailbox) -> None:
        row = intake.receive(
            mail(), mailbox, "smtp", intake.Envelope("mia@example.com", (), client_address="192.0.2.1", helo="mx\r\nx")
        )
        kept = InboundEmail.objects.get(pk=row.pk)
        assert (kept.client_address, kept.helo) == ("192.0.2.1", "mx x")
        odd = intake.receive(mail("Two"), mailbox, "smtp", intake.Envelope("a@b.c", (), client_address="unix socket"))
        assert odd.client_address is None
