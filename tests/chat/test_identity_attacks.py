"""What somebody with bad intent would try with the site's word about its visitors."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from agents.models import Agent
from chat.actions.identity import renew_identity_secret
from chat.models import ChatSession, KnownVisitor, Widget
from core.secrets import Secret
from crm.models import Identity, IdentityKind, Proof
from tests.chat.test_http import error
from tests.chat.test_signed import SECRET, chats, token, vouched
from tests.chat.visitors import Visitor
from tickets.actions import post_reply
from tickets.content import NewMessage


@pytest.fixture(autouse=True)
def _secret(widget: Widget) -> None:
    Widget.objects.update(identity_secret=Secret.of(SECRET))


@pytest.fixture
def mias(visitor: Visitor, ana: Agent) -> Visitor:
    """Mia, verified, with a private chat."""
    vouched(visitor, sub="mia", name="Mia", email="mia@example.com", email_verified=True)
    visitor.start("Private matter")
    post_reply(ana, ChatSession.objects.get().ticket_id, NewMessage("Your pin is 1234"))
    return visitor


def test_a_key_pair_signs_nothing(visitor: Visitor) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"sub": "mia", "exp": timezone.now() + timedelta(hours=1)}
    answer = visitor.post("identify", {"jwt": jwt.encode(claims, private, algorithm="RS256")})
    assert (answer.status_code, error(answer)) == (403, "bad_identity")


def test_the_public_key_of_the_widget_is_no_secret_to_sign_with(visitor: Visitor) -> None:
    for key in ("demo" * 10, SECRET.upper()):
        assert visitor.post("identify", {"jwt": token(key, sub="mia")}).status_code == 403


def test_the_secret_of_another_widget_of_the_same_brand_is_refused(mias: Visitor, widget: Widget) -> None:
    Widget.objects.create(
        brand=widget.brand,
        name="Blog",
        public_key="blog",
        allowed_domains=widget.allowed_domains,
    )
    Widget.objects.filter(public_key="blog").update(identity_secret=Secret.of("the blog's own secret, long enough"))
    thief = Visitor(key="blog")
    assert thief.post("identify", {"jwt": token(sub="mia")}).status_code == 403
    assert chats(thief) == []


@pytest.mark.parametrize("sub", ["mia ", " mia", "m\x00ia", "mi\u202ea", "mia\n", "mi\x7fa", "x" * 201, "mi\ud800a"])
def test_an_id_that_only_looks_like_anothers_is_refused(mias: Visitor, sub: str) -> None:
    try:
        made = token(sub=sub)
    except UnicodeEncodeError:
        return  # cannot even be signed
    thief = Visitor()
    assert thief.post("identify", {"jwt": made}).status_code == 403
    assert chats(thief) == []


def test_ids_differ_by_case_and_by_every_letter(mias: Visitor) -> None:
    for sub in ("Mia", "mia2", "mía"):
        assert chats(vouched(Visitor(), sub=sub)) == []


def test_a_signature_and_anothers_session_id_open_nothing(mias: Visitor) -> None:
    thief = vouched(Visitor(), sub="thief")
    thief.session = mias.session
    assert thief.look().status_code == 404
    for path in ("identify", "end", "seen", "rate", "transcript", "keep"):
        answer = thief.post(path, {"session": mias.session, "jwt": token(sub="thief"), "email": "t@example.com"})
        assert (path, answer.status_code, error(answer)) == (path, 404, "not_found")
    assert ChatSession.objects.get().ticket.customer.name == "Mia"


def test_an_own_account_does_not_become_a_way_into_the_customer_one_claimed_to_be(mias: Visitor) -> None:
    thief = Visitor()
    thief.start(email="mia@example.com", id="start-0002")
    vouched(thief, sub="thief", name="Thief")
    assert chats(thief) == [thief.session]
    mia = Identity.objects.get(kind=IdentityKind.EXTERNAL, value="acme:mia").customer
    assert Identity.objects.get(kind=IdentityKind.EXTERNAL, value="acme:thief").customer != mia


def test_a_claim_made_before_the_person_was_verified_opens_nothing_afterwards(visitor: Visitor, ana: Agent) -> None:
    thief = Visitor()
    thief.start("I will be Mia", email="mia@example.com", id="start-0002")
    vouched(visitor, sub="mia", email="mia@example.com", email_verified=True)
    visitor.start("Private matter")
    assert chats(thief) == [thief.session]
    assert chats(visitor) == [visitor.session]


def test_a_browser_that_claimed_an_address_stays_a_claim_in_its_next_chats(mias: Visitor) -> None:
    thief = Visitor()
    thief.start(email="mia@example.com", id="start-0002")
    thief.post("end", {"session": thief.session})
    thief.start("Tell me my pin", id="start-0003")
    assert ChatSession.objects.get(public_id=thief.session).proof == Proof.CLAIMED
    assert thief.look().json()["proof"] == "claimed"


class TestAfterLoggingOut:
    @pytest.fixture
    def out(self, mias: Visitor) -> Visitor:
        mias.post("identify", {"forget": True})
        return mias

    def test_the_same_browser_reads_nothing_of_it(self, out: Visitor) -> None:
        assert chats(out) == []
        assert out.look().status_code == 404
        assert out.say("Hello?", id="message-2").status_code == 404
        assert out.get("attachments/0000000000000000", {"session": out.session}).status_code == 404

    def test_the_next_person_at_it_is_nobody_we_know(self, out: Visitor) -> None:
        answer = out.start("I am new here", id="start-0002").json()
        assert [message["text"] for message in answer["messages"]] == ["I am new here"]
        assert answer["proof"] == "device"
        session = ChatSession.objects.get(public_id=answer["session"])
        assert session.ticket.customer.name == ""

    def test_the_first_words_sent_again_do_not_bring_it_back(self, out: Visitor) -> None:
        answer = out.start("Private matter", id="start-0001").json()
        assert all("pin" not in message["text"] for message in answer.get("messages", []))

    def test_logging_in_again_does(self, out: Visitor) -> None:
        vouched(out, sub="mia")
        assert len(chats(out)) == 1

    def test_a_signature_that_ran_out_meanwhile_does_not(self, out: Visitor) -> None:
        old = token(sub="mia", exp=timezone.now() - timedelta(minutes=2))
        assert out.post("identify", {"jwt": old}).status_code == 403
        assert chats(out) == []


def test_a_running_chat_outlives_its_signature(visitor: Visitor) -> None:
    vouched(visitor, sub="mia")
    visitor.start("Hello")
    KnownVisitor.objects.update(expires_at=timezone.now() - timedelta(minutes=5))
    assert visitor.read() == ["Hello"]
    assert visitor.say("still here", id="message-2").status_code == 200


def test_a_new_secret_voids_what_the_old_one_opened_and_cuts_no_running_chat(mias: Visitor, widget: Widget) -> None:
    phone = vouched(Visitor(), sub="mia")
    widget.refresh_from_db()
    renew_identity_secret(widget)
    assert chats(phone) == []
    assert phone.post("identify", {"jwt": token(sub="mia")}).status_code == 403
    assert len(mias.read()) == 2


def test_no_answer_names_an_address_an_id_or_a_reason(mias: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    bodies = [
        mias.post("identify", {"jwt": token(sub="mia")}).content,
        mias.get("history", {}).content,
        mias.look().content,
        Visitor().post("identify", {"jwt": token(exp=timezone.now() - timedelta(days=1))}).content,
    ]
    for body in bodies:
        assert not any(word in body.decode() for word in ("example.com", "acme:", SECRET, "expired", "Traceback"))
    assert SECRET not in caplog.text
