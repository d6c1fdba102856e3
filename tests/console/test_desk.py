"""The cards on an agent's desk: offers accepted and declined, why it was them, and the wrap-up with its questions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Agent, Availability, Brand, Skill
from chat.actions import end_chat
from chat.models import ChatSession, Disposition, EmailFallback, State
from console.selectors.wrapping import questions
from console.why import explain
from crm.actions import add_identity
from crm.models import Customer, Identity, IdentityKind, Proof
from email_inbox.models import Mailbox
from tests import factories
from tests.console.visitors import chat
from tickets.actions import change_status, post_reply
from tickets.content import NewMessage
from tickets.models import Desk, EntryState, Mode, Offer, OfferState, QueueEntry, Status, TeamRouting, TicketEvent
from tickets.routing import drain
from tickets.routing.written import follow_written

HTMX = {"HX-Request": "true"}


def at_desk(agent: Agent) -> None:
    agent.availability, agent.last_seen_at = Availability.ONLINE, timezone.now()
    agent.save(update_fields=["availability", "last_seen_at"])


@pytest.fixture
def rules(brand: Brand) -> TeamRouting:
    return TeamRouting.objects.create(brand=brand, mode=Mode.OFFER, wrap_up_seconds=60)


@pytest.fixture
def offered(brand: Brand, ana: Agent, rules: TeamRouting) -> ChatSession:
    """A chat that Ana is asked to take."""
    at_desk(ana)
    session = chat(brand, "Do the poles fit?")
    drain(brand.pk, now=timezone.now())
    return session


def cards(client: Client) -> str:
    return client.get("/console/desk/", headers=HTMX).content.decode()


def take(client: Client, session: ChatSession) -> None:
    assert client.post(f"/console/offers/{session.ticket_id}/accept/", headers=HTMX).status_code == 204


def test_an_offer_stands_on_the_desk_of_who_is_asked_alone(
    offered: ChatSession, as_ana: Client, as_leo: Client
) -> None:
    shown = cards(as_ana)
    assert "For you: Zoë" in shown
    assert "Do the poles fit?" in shown
    assert 'data-left="2' in shown
    assert "Zoë" not in cards(as_leo)


def test_accepted_the_chat_runs_and_opens(offered: ChatSession, as_ana: Client, ana: Agent) -> None:
    answer = as_ana.post(f"/console/offers/{offered.ticket_id}/accept/", headers=HTMX)
    assert answer["HX-Redirect"] == f"/console/tickets/{offered.ticket_id}/?view=chats"
    offered.refresh_from_db()
    assert (offered.state, offered.accepted_by) == (State.ACTIVE, ana)
    assert Offer.objects.get().state == OfferState.ACCEPTED
    assert "Zoë" not in cards(as_ana)


def test_declined_with_a_reason_that_the_history_tells(offered: ChatSession, as_ana: Client) -> None:
    answer = as_ana.post(f"/console/offers/{offered.ticket_id}/decline/", {"reason": "On the phone"}, headers=HTMX)
    assert "Zoë" not in answer.content.decode()
    assert (Offer.objects.get().state, Offer.objects.get().reason) == (OfferState.DECLINED, "On the phone")
    page = as_ana.get(f"/console/tickets/{offered.ticket_id}/").content.decode()
    assert "Ana declined: “On the phone”" in page


def test_who_answers_an_offer_that_is_over_is_told(offered: ChatSession, as_ana: Client) -> None:
    decline = f"/console/offers/{offered.ticket_id}/decline/"
    as_ana.post(decline, headers=HTMX)
    again = as_ana.post(decline, headers=HTMX)
    assert again.status_code == 409
    assert "This offer is over." in again.content.decode()


def test_accepting_what_was_never_offered_takes_nothing(
    brand: Brand, mia: Customer, leo: Agent, as_leo: Client, offered: ChatSession
) -> None:
    email = factories.ticket(mia, brand)
    change_status(leo, email.pk, Status.SOLVED)
    for ticket_id in (email.pk, offered.ticket_id):
        answer = as_leo.post(f"/console/offers/{ticket_id}/accept/", headers=HTMX)
        assert answer.status_code == 409
        assert "This offer is over." in answer.content.decode()
    assert not QueueEntry.objects.filter(ticket=email).exists()
    assert Offer.objects.get().state == OfferState.OFFERED
    assert not Desk.objects.filter(pk=leo.pk).exists()


def test_a_second_tab_that_accepts_too_finds_it_accepted(offered: ChatSession, as_ana: Client, ana: Agent) -> None:
    take(as_ana, offered)
    take(as_ana, offered)
    assert Desk.objects.get(pk=ana.pk).load == 100


def test_an_offered_email_becomes_the_agents(
    brand: Brand, ana: Agent, mia: Customer, rules: TeamRouting, as_ana: Client
) -> None:
    at_desk(ana)
    TeamRouting.objects.update(route_email=True)
    ticket = factories.ticket(mia, brand)
    follow_written(ticket.pk, now=timezone.now())
    drain(brand.pk, now=timezone.now())
    assert f"/console/offers/{ticket.pk}/accept/" in cards(as_ana)
    answer = as_ana.post(f"/console/offers/{ticket.pk}/accept/", headers=HTMX)
    assert answer.status_code == 204
    ticket.refresh_from_db()
    assert ticket.assignee == ana
    assert QueueEntry.objects.get().state == EntryState.HELD
    assert Desk.objects.get(pk=ana.pk).load == 25


def test_the_history_says_why_it_was_this_agent(
    offered: ChatSession, as_ana: Client, as_otto: Client, leo: Agent
) -> None:
    offer = Offer.objects.get()
    address = f"/console/tickets/{offered.ticket_id}/why/{offer.pk}/"
    page = as_ana.get(f"/console/tickets/{offered.ticket_id}/").content.decode()
    assert "Offered to Ana" in page
    assert address in page
    why = as_ana.get(address, headers=HTMX).content.decode()
    assert "Nobody else could take it." in why
    assert as_otto.get(address, headers=HTMX).status_code == 404
    assert as_ana.get(f"/console/tickets/{offered.ticket_id}/why/999999/", headers=HTMX).status_code == 404


def test_every_reason_has_its_words() -> None:
    told = explain(
        {
            "decided_by": "longest_idle",
            "candidates": [{"name": "Ana", "load": 100, "capacity": 300, "idle_seconds": 61, "preference": 4}],
            "candidate_count": 3,
            "excluded": [
                {"name": "Leo", "reason": "not_there", "state": "away"},
                {"name": "Lia", "reason": "not_there", "state": "online"},
                {"name": "Max", "reason": "skill", "skill": "German", "needs": 3, "has": 1},
                {"name": "Ida", "reason": "full", "load": 300, "capacity": 300},
                {"name": "Tom", "reason": "declined"},
                {"name": "Eve", "reason": "of a later time"},
            ],
            "excluded_count": 6,
        }
    )
    assert (told.chosen, told.more_candidates, told.more_excluded) == ("Ana", 2, 0)
    assert told.candidates[0].words == "100 % of 300 % taken, free for 61 seconds, wished-for skills: 4"
    assert [line.words for line in told.excluded] == [
        "Away",
        "No open console",
        "German: has level 1, needs 3",
        "No place free: 300 % of 300 % taken",
        "Declined it, or did not answer",
        "of a later time",
    ]


def test_an_explanation_of_nothing_is_empty() -> None:
    assert explain({}).candidates == explain({}).excluded == []


@pytest.fixture
def ended(offered: ChatSession, as_ana: Client, ana: Agent) -> ChatSession:
    take(as_ana, offered)
    return end_chat(offered, ana)


def load(agent: Agent) -> int:
    return Desk.objects.get(pk=agent.pk).load


def test_done_frees_the_place(ended: ChatSession, as_ana: Client, ana: Agent) -> None:
    assert "Wrap-up: Zoë" in cards(as_ana)
    assert load(ana) == 100
    answer = as_ana.post(f"/console/tickets/{ended.ticket_id}/wrap-up/done/", headers=HTMX)
    assert "Wrap-up" not in answer.content.decode()
    assert load(ana) == 0


def test_somebody_elses_done_frees_nothing(ended: ChatSession, as_leo: Client, ana: Agent) -> None:
    as_leo.post(f"/console/tickets/{ended.ticket_id}/wrap-up/done/", headers=HTMX)
    assert load(ana) == 100


def test_the_outcome_is_kept_with_what_was_learned(
    ended: ChatSession, as_ana: Client, ana: Agent, brand: Brand
) -> None:
    solved = Disposition.objects.create(brand=brand, name="Advised to buy")
    address = f"/console/tickets/{ended.ticket_id}/wrap-up/"
    form = as_ana.get(address, headers=HTMX).content.decode()
    assert "Advised to buy" in form
    assert 'name="email"' in form
    assert "data-wrap-up-due" in as_ana.get(f"/console/tickets/{ended.ticket_id}/").content.decode()
    fields = {"disposition": solved.pk, "summary": "Poles fit.", "email": "zoe@example.com", "phone": "+49 30 123456"}
    answer = as_ana.post(address, fields, headers=HTMX)
    assert answer.status_code == 200
    ended.refresh_from_db()
    assert (ended.disposition, ended.summary) == (solved, "Poles fit.")
    kept = dict(Identity.objects.filter(customer=ended.ticket.customer).values_list("kind", "value"))
    assert (kept["email"], kept["phone"]) == ("zoe@example.com", "+4930123456")
    assert QueueEntry.objects.get().state == EntryState.DONE
    assert load(ana) == 0
    page = as_ana.get(f"/console/tickets/{ended.ticket_id}/").content.decode()
    assert "Ana noted how it came out: Advised to buy" in page
    assert "data-wrap-up-due" not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "no address"}, "is not an email address"),
        ({"phone": "call me"}, "is not a telephone number"),
        ({"phone": "1" * 16}, "is not a telephone number"),
        ({"disposition": "999999"}, "from the list"),
        ({"disposition": "x"}, "from the list"),
        ({"email": "mia@example.com"}, "already belongs to another customer"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_changes(
    fields: dict[str, str], words: str, ended: ChatSession, as_ana: Client, ana: Agent, mia: Customer
) -> None:
    answer = as_ana.post(
        f"/console/tickets/{ended.ticket_id}/wrap-up/", {"summary": "x", "name": "Max"} | fields, headers=HTMX
    )
    assert 400 <= answer.status_code < 500
    assert words in answer.content.decode()
    ended.refresh_from_db()
    assert ended.summary == ""
    assert ended.ticket.customer.name == "Zoë"
    assert load(ana) == 100


def test_another_brands_outcome_cannot_be_chosen(ended: ChatSession, as_ana: Client, other_brand: Brand) -> None:
    foreign = Disposition.objects.create(brand=other_brand, name="Sold")
    answer = as_ana.post(f"/console/tickets/{ended.ticket_id}/wrap-up/", {"disposition": foreign.pk}, headers=HTMX)
    assert "from the list" in answer.content.decode()


def test_a_running_chat_has_no_outcome_yet(offered: ChatSession, as_ana: Client) -> None:
    take(as_ana, offered)
    assert as_ana.post(f"/console/tickets/{offered.ticket_id}/wrap-up/", headers=HTMX).status_code == 409


def test_what_is_older_than_a_year_is_asked_for_until_it_is_confirmed(ended: ChatSession, as_ana: Client) -> None:
    now = timezone.now()
    customer = ended.ticket.customer
    add_identity(customer, IdentityKind.EMAIL, "zoe@example.com", proof=Proof.SENDER)
    Identity.objects.filter(customer=customer).update(created_at=now - timedelta(days=366))
    Customer.objects.filter(pk=customer.pk).update(created_at=now - timedelta(days=366))
    customer.refresh_from_db()
    asked = {each.what: each.value for each in questions(customer, now=now)}
    assert asked == {"name": "Zoë", "email": "zoe@example.com", "phone": ""}
    fields = {"email": "zoe@example.com", "email_was": "zoe@example.com", "name": "Zoë", "name_was": "Zoë"}
    address = f"/console/tickets/{ended.ticket_id}/wrap-up/"
    as_ana.post(address, fields | {"email_confirmed": "1"}, headers=HTMX)
    assert [each.what for each in questions(customer, now=now)] == ["name", "phone"]
    assert TicketEvent.objects.get(data__to="outcome").data["confirmed"] == ["email"]
    assert "email" in [each.what for each in questions(customer, now=now + timedelta(days=366))]


def test_a_skill_without_which_nobody_is_asked_is_named(brand: Brand, ana: Agent, leo: Agent) -> None:
    german = Skill.objects.create(name="German")
    told = explain({"excluded": [{"name": "Ana", "reason": "skill", "skill": german.name, "needs": 3, "has": 0}]})
    assert told.excluded[0].words == "German: has level 0, needs 3"


def test_a_chat_goes_on_by_email(
    offered: ChatSession, as_ana: Client, as_otto: Client, ana: Agent, mailbox: Mailbox
) -> None:
    take(as_ana, offered)
    address = f"/console/chats/{offered.ticket_id}/by-email/"
    assert as_otto.post(address, {"email": "zoe@example.com"}, headers=HTMX).status_code == 404
    refused = as_ana.post(address, {"email": "no address"}, headers=HTMX)
    assert "is not an email address" in refused.content.decode()
    assert as_ana.post(address, {"email": "zoe@example.com"}, headers=HTMX).status_code == 204
    offered.refresh_from_db()
    assert (offered.state, offered.reply_by_email, offered.visitor_email) == (State.ENDED, True, "zoe@example.com")
    post_reply(ana, offered.ticket_id, NewMessage("As promised"))
    assert EmailFallback.objects.get().message.text == "As promised"
