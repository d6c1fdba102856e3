"""An email typed into the widget lies the chat on a timeline, and opens nothing."""

from __future__ import annotations

from agents.models import Brand
from chat.actions import end_chat, identify_visitor
from chat.models import Widget
from core.ids import secret_token
from crm.models import Customer, Identity, Proof
from tests import factories
from tests.chat.visitors import Visitor, chat
from tickets.models import Ticket


def test_a_new_address_becomes_the_visitors_own_unproved(widget: Widget) -> None:
    session = chat(widget, name="Mia", email="Mia@Example.com ")
    customer = session.ticket.customer
    identity = customer.identities.get(kind="email")
    assert (identity.value, identity.proof) == ("mia@example.com", Proof.CLAIMED)
    assert customer.name == "Mia"


def test_a_known_address_puts_both_channels_on_one_timeline(widget: Widget, brand: Brand, mia: Customer) -> None:
    mailed = factories.ticket(mia, brand)
    session = chat(widget, email="mia@example.com")
    assert session.ticket.customer == mia
    assert set(mia.tickets.all()) == {mailed, session.ticket}
    assert session.proof == Proof.CLAIMED
    assert session.ticket.messages.get().customer == mia


def test_a_claimed_address_never_shows_that_customers_history(visitor: Visitor, brand: Brand, mia: Customer) -> None:
    factories.ticket(mia, brand, subject="Secret", text="My card is 1234")
    other = Visitor()
    other.start("mine on another device", email="mia@example.com")
    answer = visitor.start("I am Mia", email="mia@example.com")
    assert visitor.read() == ["I am Mia"]
    assert b"1234" not in answer.content
    assert b"Secret" not in answer.content
    visitor.session = other.session
    assert visitor.look().status_code == 404


def test_a_claimed_name_never_replaces_a_known_one(widget: Widget, mia: Customer) -> None:
    chat(widget, name="Mallory", email="mia@example.com")
    mia.refresh_from_db()
    assert mia.name == "Mia Chen"


def test_the_next_chat_of_the_same_browser_is_on_the_same_timeline(widget: Widget, mia: Customer) -> None:
    token = secret_token()
    end_chat(chat(widget, token=token, email="mia@example.com"), None)
    assert chat(widget, token=token, client_id="start-0002").ticket.customer == mia


def test_another_person_at_the_same_browser_takes_only_their_own_chat(widget: Widget, mia: Customer) -> None:
    token = secret_token()
    first = chat(widget, token=token, email="mia@example.com")
    end_chat(first, None)
    second = chat(widget, token=token, client_id="start-0002", email="ben@example.com")
    assert Ticket.objects.get(pk=first.ticket_id).customer == mia
    assert second.ticket.customer != mia
    assert not Identity.objects.filter(customer=mia, value="ben@example.com").exists()


def test_a_visitor_who_claims_a_second_address_does_not_merge_two_customers(widget: Widget, mia: Customer) -> None:
    ben = factories.customer("Ben", email="ben@example.com")
    session = chat(widget, email="mia@example.com")
    identify_visitor(session.pk, email="ben@example.com")
    assert Ticket.objects.get().customer == ben
    mia.refresh_from_db()
    assert mia.merged_into is None


def test_claiming_the_same_address_again_changes_nothing(widget: Widget, mia: Customer) -> None:
    session = chat(widget, email="mia@example.com")
    identify_visitor(session.pk, email="MIA@example.com")
    assert Ticket.objects.get().customer == mia
    assert session.ticket.history.filter(kind="customer").count() == 1
