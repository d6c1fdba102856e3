"""One conversation: who may open it, what it shows, reading marks, what came since."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agents.models import Agent
from console.selectors.timeline import WINDOW
from crm.models import Customer
from tests import factories
from tickets.actions import assign_ticket, mark_read, post_customer_message, post_note, post_reply, set_delivery
from tickets.content import NewAttachment, NewMessage
from tickets.models import Delivery, Message, Ticket, TicketRead

MOST_QUERIES = 23
MOST_WITH_LIST = 27
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000050001"
    "0d0a2db40000000049454e44ae426082"
)


def talk(ticket: Ticket, customer: Customer, agent: Agent, count: int) -> None:
    for number in range(count):
        if number % 5 == 4:
            post_note(agent, ticket.pk, NewMessage(f"note {number}"))
        elif number % 2:
            post_reply(agent, ticket.pk, NewMessage(f"answer {number}"))
        else:
            factories.says(customer, ticket, f"question {number}")


@pytest.mark.parametrize("path", ["", "since/", "earlier/?before=5"])
def test_who_may_open_a_conversation(
    path: str, ticket: Ticket, as_ana: Client, as_leo: Client, as_ada: Client, as_otto: Client, client: Client
) -> None:
    address = f"/console/tickets/{ticket.pk}/{path}"
    answers = {"ana": as_ana, "leo": as_leo, "ada": as_ada, "otto": as_otto, "stranger": client}
    found = {name: who.get(address).status_code for name, who in answers.items()}
    assert found == {"ana": 200, "leo": 200, "ada": 200, "otto": 404, "stranger": 302}


@pytest.mark.parametrize(
    "path",
    ["reply/", "note/", "draft/", "read/", "change/status/", "change/assignee/", "change/tags/"],
)
def test_who_may_change_a_conversation(path: str, ticket: Ticket, as_otto: Client, client: Client) -> None:
    address = f"/console/tickets/{ticket.pk}/{path}"
    fields = {"text": "hello", "value": "solved", "seq": "1"}
    assert as_otto.post(address, fields).status_code == 404
    assert client.post(address, fields).status_code == 302
    assert Message.objects.filter(ticket=ticket).count() == 1
    ticket.refresh_from_db()
    assert ticket.status == "new"


@pytest.mark.parametrize("pk", ["0", "99999999", "9" * 30])
def test_a_conversation_that_is_not_there_is_not_found(pk: str, as_ana: Client) -> None:
    answer = as_ana.get(f"/console/tickets/{pk}/")
    assert answer.status_code == 404
    assert "Traceback" not in answer.content.decode()


def test_the_timeline_shows_messages_notes_and_history_in_order(
    ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client
) -> None:
    post_note(ana, ticket.pk, NewMessage("only for us"))
    assign_ticket(ana, ticket.pk, ana)
    post_reply(ana, ticket.pk, NewMessage("Hello Mia"))
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    timeline = body[body.index('id="timeline"') :]
    order = ["opened the conversation", "Where is it?", "only for us", "Ana took the conversation", "Hello Mia"]
    places = [timeline.index(words) for words in order]
    assert places == sorted(places)
    assert "message--note" in timeline


def test_new_since_you_looked_stands_before_the_first_unseen_message(
    ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client
) -> None:
    mark_read(ana, Ticket.objects.get(pk=ticket.pk), 1)
    factories.says(mia, ticket, "still waiting")
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert body.count('id="new-line"') == 1
    assert body.index('id="m-1"') < body.index('id="new-line"') < body.index('id="m-2"')


def test_reading_is_marked_and_never_moves_back(ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client) -> None:
    factories.says(mia, ticket, "two")
    for seq in ("2", "1", "x", "", "99999", "-5"):
        assert as_ana.post(f"/console/tickets/{ticket.pk}/read/", {"seq": seq}).status_code == 204
    assert TicketRead.objects.get(agent=ana, ticket=ticket).seq == 2


def test_since_gives_what_is_missing_and_the_new_marks(
    ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client
) -> None:
    factories.says(mia, ticket, "second message")
    address = f"/console/tickets/{ticket.pk}/since/"
    body = as_ana.get(address, {"seq": "1", "event": "0"}).content.decode()
    assert "second message" in body
    assert "Where is it?" not in body
    assert 'data-seq="2"' in body
    assert 'id="ticket-header"' in body
    assert 'id="ticket-header"' not in as_ana.get(address, {"seq": "2", "header": "keep"}).content.decode()


def test_a_failed_delivery_is_shown_with_its_reason(ticket: Ticket, ana: Agent, as_ana: Client) -> None:
    sent = post_reply(ana, ticket.pk, NewMessage("Hello"))
    set_delivery(sent, Delivery.FAILED, error="550 mailbox unavailable <b>")
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "Not delivered" in body
    assert "550 mailbox unavailable &lt;b&gt;" in body
    assert "550 mailbox unavailable" in as_ana.get(f"/console/tickets/{ticket.pk}/since/?seq=2").content.decode()


def test_a_long_conversation_shows_its_end_and_offers_the_rest(
    ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client
) -> None:
    for number in range(WINDOW + 4):
        factories.says(mia, ticket, f"line {number}")
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "Show 5 earlier messages" in body
    assert 'id="m-5"' not in body
    earlier = as_ana.get(f"/console/tickets/{ticket.pk}/earlier/", {"before": "6"}).content.decode()
    assert 'id="m-1"' in earlier
    assert 'id="m-5"' in earlier
    assert 'id="m-6"' not in earlier


def test_quoted_text_is_folded(ticket: Ticket, mia: Customer, as_ana: Client) -> None:
    factories.says(mia, ticket, "Thanks!\n\nOn Tue, 3 Mar 2026 at 10:12, Acme wrote:\n> We look into it")
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    body = body[body.index('id="m-2"') :]
    assert body.index("Thanks!") < body.index("Quoted text") < body.index("We look into it")


def test_pictures_are_shown_and_other_files_only_downloaded(
    ticket: Ticket, mia: Customer, as_ana: Client, as_otto: Client
) -> None:
    message = post_customer_message(
        ticket.pk,
        customer=mia,
        channel="email",
        message=NewMessage("see", attachments=(NewAttachment("a.png", PNG), NewAttachment("b.html", b"<script>1"))),
    )
    picture, page = message.attachments.order_by("pk")
    shown = as_ana.get(f"/console/attachments/{picture.public_id}/", {"inline": "1"})
    assert shown["Content-Type"] == "image/png"
    assert b"".join(shown) == PNG
    kept = as_ana.get(f"/console/attachments/{page.public_id}/", {"inline": "1"})
    assert kept["Content-Disposition"].startswith("attachment")
    assert kept["Content-Type"] == "application/octet-stream"
    for name in (picture.public_id, "nothing", "x" * 300):
        assert as_otto.get(f"/console/attachments/{name}/").status_code == 404


@pytest.mark.parametrize("count", [3, 79])
def test_a_conversation_costs_the_same_however_long_it_is(
    count: int, ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client, django_assert_max_num_queries: Any
) -> None:
    talk(ticket, mia, ana, count)
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = as_ana.get(f"/console/tickets/{ticket.pk}/?view=mine", headers={"HX-Request": "true"})
    with django_assert_max_num_queries(MOST_WITH_LIST):
        as_ana.get(f"/console/tickets/{ticket.pk}/?view=mine")
    assert answer.content.decode().count("data-message=") == count + 1


def test_a_long_and_a_short_conversation_cost_the_same_queries(
    ticket: Ticket, ana: Agent, mia: Customer, as_ana: Client
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_ana.get(f"/console/tickets/{ticket.pk}/")
        return len(queries)

    talk(ticket, mia, ana, 5)
    few = cost()
    talk(ticket, mia, ana, 30)
    assert cost() == few
