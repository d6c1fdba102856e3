"""Writing: replies, notes, drafts, double clicks, and input that cannot be accepted."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agents.models import Agent
from crm.models import Customer
from tests import factories
from tickets.actions import post_note, post_reply
from tickets.content import NewMessage
from tickets.models import Draft, Message, Status, Ticket, Visibility

JSON = {"Accept": "application/json"}


def test_a_reply_goes_to_the_customer_and_sets_the_status(ticket: Ticket, as_ana: Client, ana: Agent) -> None:
    fields = {"text": "Hello Mia", "status": "pending", "client_id": "one"}
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields, headers=JSON)
    assert answer.status_code == 201
    assert answer.json() == {"seq": 2}
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee_id) == (Status.PENDING, ana.pk)
    assert Message.objects.get(ticket=ticket, seq=2).visibility == Visibility.PUBLIC


def test_a_note_stays_in_the_house(ticket: Ticket, as_ana: Client) -> None:
    as_ana.post(f"/console/tickets/{ticket.pk}/note/", {"text": "careful", "client_id": "n"}, headers=JSON)
    note = Message.objects.get(ticket=ticket, seq=2)
    assert (note.visibility, note.delivery) == (Visibility.PRIVATE, "")
    ticket.refresh_from_db()
    assert "careful" not in ticket.excerpt


def test_without_scripts_the_form_leads_back_to_the_conversation(ticket: Ticket, as_ana: Client) -> None:
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", {"text": "Hello"})
    assert answer.status_code == 302
    assert answer["Location"] == f"/console/tickets/{ticket.pk}/"


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_a_double_click_posts_once(kind: str, ticket: Ticket, as_ana: Client) -> None:
    fields = {"text": "Hello", "client_id": "the-same"}
    answers = [as_ana.post(f"/console/tickets/{ticket.pk}/{kind}/", fields, headers=JSON) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"seq": 2}, {"seq": 2}]
    assert Message.objects.filter(ticket=ticket).count() == 2


def test_what_arrived_while_one_wrote_is_shown_before_the_answer_leaves(
    ticket: Ticket, mia: Customer, as_ana: Client
) -> None:
    factories.says(mia, ticket, "Never mind, it has come!")
    fields = {"text": "We will look for it.", "client_id": "one", "seen": "1"}
    asked = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields, headers=JSON)
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "arrived")
    assert "Mia Chen wrote while you were writing: “Never mind, it has come!”" in asked.json()["error"]["message"]
    assert ticket.messages.count() == 2
    confirmed = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields | {"confirm": "1"}, headers=JSON)
    assert confirmed.status_code == 409  # what is confirmed is who reads it
    sent = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields | {"seen": "2"}, headers=JSON)
    assert sent.status_code == 201


@pytest.mark.parametrize("seen", ["2", "99", ""])
def test_what_was_seen_or_is_ones_own_stands_in_nobodys_way(
    seen: str, ticket: Ticket, mia: Customer, ana: Agent, as_ana: Client
) -> None:
    factories.says(mia, ticket, "Hello?")
    post_note(ana, ticket.pk, NewMessage("a note"))
    post_reply(ana, ticket.pk, NewMessage("my own"))
    fields = {"text": "More.", "client_id": "two", "seen": seen}
    assert as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    ("text", "status", "code"), [("", 422, "empty"), ("  \n ", 422, "empty"), ("\x00", 422, "empty")]
)
@pytest.mark.parametrize("kind", ["reply", "note"])
def test_an_empty_message_is_refused_in_words(
    kind: str, text: str, status: int, code: str, ticket: Ticket, as_ana: Client
) -> None:
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/{kind}/", {"text": text}, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_a_megabyte_of_text_is_refused_and_names_the_limit(ticket: Ticket, as_ana: Client) -> None:
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/note/", {"text": "x" * 1_048_576}, headers=JSON)
    assert answer.status_code == 413
    assert "1,048,576" in answer.json()["error"]["message"]


def test_a_file_of_thirty_megabytes_is_refused_and_nothing_is_sent(ticket: Ticket, as_ana: Client) -> None:
    file = SimpleUploadedFile("film.mp4", b"0" * 30 * 1024 * 1024)
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", {"text": "see", "files": file}, headers=JSON)
    assert answer.status_code == 413
    assert "film.mp4" in answer.json()["error"]["message"]
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_files_are_sent_along(ticket: Ticket, as_ana: Client) -> None:
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("<b>.txt", b"two")]
    as_ana.post(f"/console/tickets/{ticket.pk}/reply/", {"text": "see", "files": files}, headers=JSON)
    sent = Message.objects.get(ticket=ticket, seq=2)
    assert [file.name for file in sent.attachments.all()] == ["a.txt", "<b>.txt"]
    assert "&lt;b&gt;.txt" in as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()


def test_more_than_twenty_files_are_refused(ticket: Ticket, as_ana: Client) -> None:
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(21)]
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/reply/", {"text": "see", "files": files}, headers=JSON)
    assert answer.status_code == 413


def test_an_unknown_status_sends_nothing(ticket: Ticket, as_ana: Client) -> None:
    fields = {"text": "Hello", "status": "<b>"}
    assert as_ana.post(f"/console/tickets/{ticket.pk}/reply/", fields, headers=JSON).status_code == 422
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_control_characters_and_surrogates_are_cleaned(ticket: Ticket, as_ana: Client) -> None:
    as_ana.post(f"/console/tickets/{ticket.pk}/note/", {"text": "a\x00b\x1b"}, headers=JSON)
    assert Message.objects.get(ticket=ticket, seq=2).text == "ab"


def test_a_draft_is_kept_per_agent_and_kind_and_comes_back(
    ticket: Ticket, as_ana: Client, as_leo: Client, ana: Agent
) -> None:
    address = f"/console/tickets/{ticket.pk}/draft/"
    assert as_ana.post(address, {"kind": "reply", "text": "half a sen"}).status_code == 204
    as_ana.post(address, {"kind": "note", "text": "a thought"})
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "half a sen" in body
    assert "a thought" in body
    assert "half a sen" not in as_leo.get(f"/console/tickets/{ticket.pk}/").content.decode()
    as_ana.post(address, {"kind": "note", "text": ""})
    assert [draft.kind for draft in Draft.objects.filter(agent=ana)] == ["reply"]


def test_sending_removes_the_draft(ticket: Ticket, as_ana: Client) -> None:
    as_ana.post(f"/console/tickets/{ticket.pk}/draft/", {"kind": "reply", "text": "Hello"})
    as_ana.post(f"/console/tickets/{ticket.pk}/reply/", {"text": "Hello"}, headers=JSON)
    assert not Draft.objects.exists()


def test_a_draft_that_is_too_long_is_refused(ticket: Ticket, as_ana: Client) -> None:
    answer = as_ana.post(f"/console/tickets/{ticket.pk}/draft/", {"text": "x" * 200_000}, headers=JSON)
    assert answer.status_code == 413


def test_where_nothing_can_leave_the_reason_is_shown_and_notes_still_work(
    ticket: Ticket, as_ana: Client, mailbox: object
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(channel="telex")
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert "This channel is not connected" in body
    note = as_ana.post(f"/console/tickets/{ticket.pk}/note/", {"text": "still here"}, headers=JSON)
    assert note.status_code == 201


def test_the_page_knows_the_limit_of_a_file(ticket: Ticket, as_ana: Client) -> None:
    body = as_ana.get(f"/console/tickets/{ticket.pk}/").content.decode()
    assert f'data-max-bytes="{settings.ATTACHMENT_MAX_BYTES}"' in body


def test_signed_out_the_composer_is_told_in_words(ticket: Ticket, client: Client) -> None:
    answer = client.post(f"/console/tickets/{ticket.pk}/reply/", {"text": "Hello"}, headers=JSON)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "signed_out"
