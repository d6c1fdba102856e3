"""The site vouches for its visitor: what a signature opens, and everything that is no signature."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.utils import timezone

from agents.models import Agent, Brand
from chat.models import ChatSession, KnownVisitor, Widget
from core.secrets import Secret
from crm.models import Customer, Identity, IdentityKind, Proof
from tests.chat.visitors import Visitor
from tickets.actions import post_reply
from tickets.content import NewMessage

pytestmark = pytest.mark.django_db

SECRET = "a secret of the shop that is long enough"


@pytest.fixture(autouse=True)
def _secret(widget: Widget) -> None:
    Widget.objects.update(identity_secret=Secret.of(SECRET))


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    return jwt.encode({"sub": "42", "exp": timezone.now() + timedelta(hours=1)} | claims, secret, algorithm=algorithm)


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def vouched(visitor: Visitor, **claims: Any) -> Visitor:
    answer = visitor.post("identify", {"jwt": token(**claims)})
    assert answer.status_code == 200, answer.content
    return visitor


def chats(visitor: Visitor) -> list[str]:
    return [one["session"] for one in visitor.get("history", {}).json()["chats"]]


def test_a_signed_visitor_is_the_sites_customer_and_the_agent_sees_how_it_was_proved(visitor: Visitor) -> None:
    answer = visitor.post("identify", {"jwt": token(name="Mia Chen", email="mia@example.com", email_verified=True)})
    assert answer.json() == {"known": True, "name": "Mia Chen"}
    visitor.start()
    session = ChatSession.objects.get()
    assert (session.proof, session.visitor_name) == (Proof.SIGNED, "Mia Chen")
    kept = {(one.kind, one.value): one.proof for one in session.ticket.customer.identities.all()}
    assert kept[(IdentityKind.EXTERNAL, "acme:42")] == Proof.SIGNED
    assert kept[(IdentityKind.EMAIL, "mia@example.com")] == Proof.SIGNED


def test_the_running_chat_moves_to_whom_the_site_names(visitor: Visitor) -> None:
    visitor.start()
    vouched(visitor, name="Mia")
    session = ChatSession.objects.select_related("ticket__customer").get()
    assert (session.proof, session.ticket.customer.name) == (Proof.SIGNED, "Mia")
    assert visitor.look().json()["proof"] == "signed"


def test_a_signature_may_come_with_the_start(visitor: Visitor) -> None:
    assert visitor.start(jwt=token(name="Mia")).json()["proof"] == "signed"


def test_an_audience_does_not_matter_where_the_secret_is_the_widgets_own(visitor: Visitor) -> None:
    assert visitor.start(jwt=token(aud="https://shop.example")).json()["proof"] == "signed"


def test_another_browser_of_the_same_person_reads_the_earlier_chats_but_does_not_speak_in_them(
    visitor: Visitor, ana: Agent
) -> None:
    vouched(visitor)
    visitor.start("Where is it?")
    post_reply(ana, ChatSession.objects.get().ticket_id, NewMessage("Here"))
    phone = vouched(Visitor())
    assert chats(phone) == [visitor.session]
    phone.session = visitor.session
    assert phone.read() == ["Where is it?", "Here"]
    for path, more in (("messages", {"id": "message-9", "text": "x"}), ("end", {}), ("seen", {"seq": 1})):
        assert phone.post(path, {"session": visitor.session} | more).status_code == 404


class TestWhatOpensNothing:
    def test_a_typed_address_opens_no_verified_customers_history(self, visitor: Visitor) -> None:
        vouched(visitor, email="mia@example.com", email_verified=True)
        visitor.start("Private matter")
        stranger = Visitor()
        stranger.start(email="mia@example.com", id="start-0002")
        assert chats(stranger) == [stranger.session]
        stranger.post("identify", {"session": stranger.session, "email": "mia@example.com"})
        assert chats(stranger) == [stranger.session]

    def test_a_chat_that_only_claimed_to_be_theirs_is_not_shown_to_the_signed_customer(self, visitor: Visitor) -> None:
        impostor = Visitor()
        impostor.start("I am Mia, honest", email="mia@example.com", id="start-0002")
        vouched(visitor, email="mia@example.com", email_verified=True)
        assert chats(visitor) == []

    def test_an_unverified_address_in_a_signature_joins_nobody(self, visitor: Visitor, mia: Customer) -> None:
        vouched(visitor, email="mia@example.com", email_verified=False)
        visitor.start()
        assert ChatSession.objects.get().ticket.customer != mia
        assert Identity.objects.get(value="mia@example.com").customer == mia

    def test_a_verified_address_finds_the_customer_we_know(self, visitor: Visitor, mia: Customer) -> None:
        vouched(visitor, email="mia@example.com", email_verified=True)
        visitor.start()
        assert ChatSession.objects.get().ticket.customer == mia

    def test_the_same_number_at_another_brand_is_another_person(
        self, visitor: Visitor, widget: Widget, other_brand: Brand
    ) -> None:
        Widget.objects.create(
            brand=other_brand,
            name="Other",
            public_key="other",
            identity_secret=Secret.of(SECRET),
            allowed_domains=widget.allowed_domains,
        )
        vouched(visitor)
        visitor.start("At Acme")
        elsewhere = vouched(Visitor(key="other"))
        assert chats(elsewhere) == []
        elsewhere.session = visitor.session
        assert elsewhere.look().status_code == 404

    def test_after_the_signature_has_run_out_the_history_is_closed(self, visitor: Visitor) -> None:
        vouched(visitor)
        visitor.start()
        phone = vouched(Visitor(), exp=timezone.now() + timedelta(minutes=5))
        assert len(chats(phone)) == 1
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
            assert chats(phone) == []

    def test_after_logging_out_the_browser_opens_only_its_own(self, visitor: Visitor) -> None:
        vouched(visitor)
        visitor.start()
        phone = vouched(Visitor())
        assert phone.post("identify", {"forget": True}).json() == {"known": False, "name": ""}
        assert chats(phone) == []
        phone.session = visitor.session
        assert phone.look().status_code == 404


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "a.b.c",
        "e" * 5000,
        "\x00",
        lambda: token("another secret that is long enough to be"),
        lambda: token(algorithm="HS512"),
        lambda: unsigned({"sub": "42", "exp": 9999999999}),
        lambda: unsigned({"sub": "42", "exp": 9999999999}) + "x",
        lambda: token(exp=timezone.now() - timedelta(minutes=5)),
        lambda: token(exp=timezone.now() + timedelta(days=40)),
        lambda: token(exp=True),
        lambda: token(exp="tomorrow"),
        lambda: token(exp=1e300),
        lambda: token(nbf=timezone.now() + timedelta(minutes=5)),
        lambda: token(sub=""),
        lambda: token(sub=None),
        lambda: token(sub={"x": 1}),
        lambda: jwt.encode({"sub": "42"}, SECRET, algorithm="HS256"),
        lambda: jwt.encode({"exp": timezone.now() + timedelta(hours=1)}, SECRET, algorithm="HS256"),
    ],
)
def test_what_is_no_signature_of_this_site_vouches_for_nobody(bad: Any, visitor: Visitor) -> None:
    made = bad() if callable(bad) else bad
    answer = visitor.post("identify", {"jwt": made}) if made else visitor.post("start", {"jwt": "x", "id": "start-1"})
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert (error["code"], set(error)) == ("bad_identity", {"code", "message"})
    assert not KnownVisitor.objects.exists()
    assert not Customer.objects.exists()


def test_a_widget_without_a_secret_believes_nobody(visitor: Visitor) -> None:
    Widget.objects.update(identity_secret=Secret())
    assert visitor.post("identify", {"jwt": token()}).status_code == 403


def test_claims_are_cleaned_before_they_are_kept(visitor: Visitor) -> None:
    vouched(visitor, name="Mia\n\x00<script>" + "x" * 500, email="not an address", phone=5)
    visitor.start()
    customer = ChatSession.objects.get().ticket.customer
    assert "\n" not in customer.name
    assert len(customer.name) <= 200
    assert {one.kind for one in customer.identities.all()} <= {IdentityKind.EXTERNAL, IdentityKind.VISITOR}


def test_who_is_vouched_for_stays_who_they_are_whatever_is_typed(visitor: Visitor) -> None:
    vouched(visitor, name="Mia")
    visitor.start()
    owner = ChatSession.objects.get().ticket.customer
    visitor.post("identify", {"session": visitor.session, "email": "other@example.com"})
    session = ChatSession.objects.get()
    assert (session.ticket.customer, session.proof, session.visitor_email) == (owner, Proof.SIGNED, "other@example.com")


def test_a_browser_that_changes_hands_shows_nobody_the_others_chat(visitor: Visitor) -> None:
    vouched(visitor, name="Mia")
    visitor.start("Private matter")
    vouched(visitor, sub="43", name="Noah")
    session = ChatSession.objects.get()
    assert (session.state, session.ended_by, session.ticket.customer.name) == ("ended", "system", "Mia")
    assert chats(visitor) == []
    assert visitor.look().status_code == 404
    assert visitor.say("Hello", id="message-2").status_code == 404
    assert visitor.start("I am Noah", id="start-0002").json()["messages"][0]["text"] == "I am Noah"
    vouched(visitor, name="Mia")
    assert len(chats(visitor)) == 1
