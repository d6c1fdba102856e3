"""Spam: judged by rules that say why, kept in the ledger, blocked by people."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agents.models import Agent, Brand
from core.errors import Invalid
from crm.models import Customer
from email_inbox.actions import block_sender, make_ticket_anyway
from email_inbox.models import BlockedSender, InboundState, Mailbox, Verdict
from email_inbox.parsing import parse
from email_inbox.spam import SPAM_POINTS, judge
from email_inbox.tokens import reply_address
from tests.email_inbox.conftest import Deliver
from tests.email_inbox.corpus import NAMES, raw_mail
from tests.email_inbox.mails import mail
from tickets.actions import post_reply
from tickets.content import NewMessage
from tickets.models import Ticket


def points(raw: bytes, verdict: str = "") -> float:
    return judge(parse(raw), raw, verdict).points


class TestRules:
    def test_a_letter_has_no_points(self) -> None:
        assert points(mail()) == 0
        assert points(mail("Μπορείτε να με βοηθήσετε; https://shop.example/order/1", subject="ΠΑΡΑΓΓΕΛΙΑ")) == 0

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"x_spam_flag": "YES"}, 5),
            ({"x_spam_flag": "NO"}, 0),
            ({"x_spam_status": "Yes, score=9.1 required=5.0"}, 5),
            ({"x_spam_status": "No, score=3.9 required=5.0"}, 2),
            ({"x_spam_status": "No, score=-2.0 required=5.0"}, 0),
            ({"sender": '"ceo@bank.example" <crook@mail.example.net>'}, 2.5),
            ({"sender": '"mia@example.com" <mia@example.com>'}, 0),
            ({"reply_to": "other@elsewhere.example"}, 1),
            ({"reply_to": "other@elsewhere.example", "list_id": "<news.example>"}, 0),
            ({"subject": "URGENT BUSINESS PROPOSAL"}, 1),
            ({"subject": "订单没有收到请尽快处理谢谢你们啊"}, 0),
            ({"precedence": "bulk"}, 1.5),
            ({"precedence": "bulk", "list_unsubscribe": "<mailto:x@y.z>"}, 0),
            ({"to": ", ".join(f"u{n}@example.org" for n in range(25))}, 1.5),
        ],
    )
    def test_each_sign_has_its_points(self, fields: dict[str, Any], expected: float) -> None:
        assert points(mail(**fields)) == expected

    def test_a_bare_link_is_a_sign_and_a_link_in_a_letter_is_none(self) -> None:
        assert points(mail("https://pills.example/buy")) == 1.5
        assert points(mail("Please look at this page, it shows the wrong price: https://shop.example/1")) == 0

    def test_one_weak_sign_is_never_enough_and_the_reasons_are_said(self) -> None:
        raw = mail("https://x.example", subject="URGENT BUSINESS PROPOSAL", precedence="bulk", reply_to="a@b.example")
        found = judge(parse(raw), raw, Verdict.UNVERIFIED)
        assert found.points == SPAM_POINTS
        assert "nothing but a link" in found.reason
        assert all(sign.points <= SPAM_POINTS for sign in found.signs)

    def test_of_the_corpus_of_honest_mail_nothing_is_spam(self) -> None:
        taken = [name for name in NAMES if judge(parse(raw_mail(name)), raw_mail(name), "").is_spam]
        assert taken == []


@pytest.mark.django_db
class TestHandling:
    def test_spam_makes_neither_ticket_nor_customer_and_says_why(self, deliver: Deliver) -> None:
        row = deliver(mail(x_spam_flag="YES"))
        assert (row.state, row.spam_points, row.ticket) == (InboundState.SPAM, 5, None)
        assert "filter says so" in row.reason
        assert not Ticket.objects.exists()
        assert not Customer.objects.exists()

    def test_a_person_decides_otherwise_with_one_click(self, deliver: Deliver, leo: Agent) -> None:
        row = make_ticket_anyway(leo, deliver(mail(x_spam_flag="YES")).pk)
        assert row.ticket is not None
        assert row.state == InboundState.PROCESSED

    def test_an_answer_on_a_ticket_is_never_judged(self, deliver: Deliver, ana: Agent, mailbox: Mailbox) -> None:
        ticket = Ticket.objects.get(inbound_emails=deliver(mail()))
        post_reply(ana, ticket.pk, NewMessage("On its way."))
        row = deliver(mail("https://x.example", to=reply_address(mailbox.address, ticket.public_id), x_spam_flag="YES"))
        assert (row.state, row.ticket) == (InboundState.PROCESSED, ticket)

    @pytest.mark.parametrize("kind", ["address", "domain"])
    def test_a_blocked_sender_goes_to_spam_even_on_a_ticket(
        self, kind: str, deliver: Deliver, leo: Agent, mailbox: Mailbox
    ) -> None:
        first = deliver(mail(sender="x@Pills.Example"))
        block_sender(leo, first, kind)
        again = deliver(mail("More", sender="x@pills.example"))
        below = deliver(mail("And more", sender="y@mail.pills.example"))
        assert (again.state, again.reason) == (InboundState.SPAM, f"Blocked: {BlockedSender.objects.get().value}.")
        assert below.state == (InboundState.SPAM if kind == "domain" else InboundState.PROCESSED)
        assert deliver(mail("Honest", sender="z@notpills.example")).state == InboundState.PROCESSED

    def test_another_brands_block_is_not_ours(self, deliver: Deliver, other_brand: Brand) -> None:
        BlockedSender.objects.create(brand=other_brand, kind="domain", value="example.com")
        assert deliver(mail()).state == InboundState.PROCESSED

    @pytest.mark.parametrize("sender", ["mia@gmail.com", "someone@example.com"])
    def test_a_domain_of_many_or_of_our_own_is_not_blocked(
        self, sender: str, deliver: Deliver, leo: Agent, mailbox: Mailbox
    ) -> None:
        with pytest.raises(Invalid, match="Many people"):
            block_sender(leo, deliver(mail(sender=sender)), "domain")

    def test_blocking_and_unblocking_by_the_pages(self, deliver: Deliver, as_leo: Client) -> None:
        row = deliver(mail(sender="x@pills.example"))
        as_leo.post(f"/mail/{row.pk}/block", {"kind": "address"})
        listed = as_leo.get("/mail/blocked/").content.decode()
        assert "x@pills.example" in listed
        as_leo.post(f"/mail/blocked/{BlockedSender.objects.get().pk}/unblock")
        assert not BlockedSender.objects.exists()
        assert deliver(mail("Again", sender="x@pills.example")).state == InboundState.PROCESSED
