from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agents.actions import set_availability
from agents.models import Agent, Brand
from chat.models import ChatSession, Widget
from crm.models import Customer
from dashboard.selectors import Figures, figures_for
from dashboard.tiles import tiles_of
from email_inbox.models import InboundEmail, Mailbox
from tests import factories
from tickets import channels
from tickets.actions import assign_ticket, change_status, move_to_team, open_ticket, post_note, post_reply, set_delivery
from tickets.content import NewMessage
from tickets.models import SlaTimer, Ticket
from tickets.sla import sweep

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Pigeons:
    key = "pigeon"
    label = "Pigeon"
    icon = "bird"
    max_characters = 5_000

    def recipient(self, ticket: Ticket) -> str:
        return "A pigeon"

    def still_running(self, ticket: Ticket) -> str:
        return ""

    def enqueue(self, message: Any) -> None:
        return None


@pytest.fixture(autouse=True)
def _pigeons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(channels._channels, "pigeon", Pigeons())


def _open(customer: Customer, brand: Brand, *, at: datetime, subject: str = "Parcel") -> Ticket:
    ticket, _message = open_ticket(
        customer=customer, brand=brand, channel="pigeon", subject=subject, message=NewMessage("Where?"), now=at
    )
    return ticket


def _chat(ticket: Ticket, number: int, *, started_at: datetime, accepted_at: datetime | None = None) -> ChatSession:
    widget, _ = Widget.objects.get_or_create(brand=ticket.brand, name="Shop", defaults={"public_key": f"w{number}"})
    return ChatSession.objects.create(
        ticket=ticket,
        widget=widget,
        visitor_hash=f"{number:064x}",
        start_id=str(number),
        state="active" if accepted_at else "waiting",
        started_at=started_at,
        accepted_at=accepted_at,
    )


def _value(figures: Figures, key: str) -> str:
    return next(tile.value for tile in tiles_of(figures) if tile.key == key)


def test_a_quiet_contact_centre_shows_zeros_and_no_alarm(leo: Agent) -> None:
    figures = figures_for(leo, NOON)
    assert {tile.value for tile in tiles_of(figures)} == {"0"}
    assert {tile.tone for tile in tiles_of(figures) if tile.key != "agents"} <= {"", "ok"}


def test_tickets_are_counted_by_status_team_and_wait(leo: Agent, ana: Agent, mia: Customer, brand: Brand) -> None:
    team = factories.team("Parcels", brand)
    first = _open(mia, brand, at=NOON - timedelta(hours=2))
    second = _open(mia, brand, at=NOON - timedelta(hours=1))
    third = _open(mia, brand, at=NOON)
    done = _open(mia, brand, at=NOON)
    move_to_team(leo, first.pk, team)
    assign_ticket(leo, first.pk, ana)
    change_status(leo, second.pk, "on_hold")
    change_status(leo, done.pk, "solved")
    post_reply(ana, third.pk, NewMessage("Here"), status="pending", now=NOON)
    figures = figures_for(leo, NOON)
    assert [(q.team, q.active, q.unassigned, q.waiting, q.waiting_since) for q in figures.queues] == [
        ("", 2, 1, 1, NOON - timedelta(hours=1)),
        ("Parcels", 1, 0, 1, NOON - timedelta(hours=2)),
    ]
    total = figures.all
    assert (total.new, total.open, total.pending, total.on_hold) == (1, 0, 1, 1)
    assert total.waiting_since == NOON - timedelta(hours=2)
    assert [(p.name, p.load) for p in figures.people] == [("Ana", 2), ("Leo", 0)]


def test_deadlines_are_at_risk_for_half_an_hour_and_then_missed_for_the_day(
    leo: Agent, ana: Agent, mia: Customer, brand: Brand
) -> None:
    def due(minutes: int) -> Ticket:
        ticket = _open(mia, brand, at=NOON - timedelta(hours=1))
        SlaTimer.objects.filter(ticket=ticket).update(due_at=NOON + timedelta(minutes=minutes))
        return ticket

    for minutes in (1, 30, 31):
        due(minutes)
    due(-1)
    due(-13 * 60)  # yesterday
    late = due(-2)
    answered = due(10)
    post_reply(ana, late.pk, NewMessage("Sorry"), now=NOON)
    post_reply(ana, answered.pk, NewMessage("Here"), now=NOON)
    for _ in range(2):
        figures = figures_for(leo, NOON)
        assert (figures.at_risk, figures.breached_today) == (2, 2)
        sweep(NOON)  # the tick marks what is late: the figure is the same before and after


def test_messages_of_today_begin_at_the_viewers_midnight(leo: Agent, ana: Agent, mia: Customer, brand: Brand) -> None:
    ticket = _open(mia, brand, at=NOON - timedelta(hours=13))
    post_reply(ana, ticket.pk, NewMessage("One"), now=NOON)
    post_note(ana, ticket.pk, NewMessage("Private"), now=NOON)
    figures = figures_for(leo, NOON)
    assert (figures.received_today, figures.sent_today) == (0, 1)
    with timezone.override("America/New_York"):
        assert figures_for(leo, NOON).received_today == 0
    with timezone.override("Asia/Kolkata"):  # midnight there was at 18:30 UTC
        assert figures_for(leo, NOON).received_today == 1


def test_chats_wait_until_they_are_accepted(leo: Agent, mia: Customer, brand: Brand) -> None:
    began = NOON - timedelta(minutes=4)
    _chat(_open(mia, brand, at=began), 1, started_at=began)
    _chat(_open(mia, brand, at=NOON), 2, started_at=NOON - timedelta(seconds=10))
    _chat(_open(mia, brand, at=NOON), 3, started_at=NOON - timedelta(hours=1), accepted_at=NOON)
    figures = figures_for(leo, NOON)
    assert (figures.all.chats_waiting, figures.all.chats_active) == (2, 1)
    assert figures.all.chat_waiting_since == began
    assert next(tile.tone for tile in tiles_of(figures) if tile.key == "chats") == "breach"


def test_agents_are_counted_by_availability(leo: Agent, ana: Agent, otto: Agent, ada: Agent) -> None:
    set_availability(ana.pk, "online", now=NOON)
    set_availability(leo.pk, "away", reason="Lunch", now=NOON)
    set_availability(otto.pk, "online", now=NOON)
    people = figures_for(leo, NOON).people
    assert [(p.name, p.state, p.reason, p.since) for p in people] == [
        ("Ana", "online", "", NOON),
        ("Leo", "away", "Lunch", NOON),
    ]
    assert _value(figures_for(leo, NOON), "agents") == "1"
    assert {p.name for p in figures_for(ada, NOON).people} == {"Ana", "Leo", "Otto", "Ada"}


def test_mails_that_did_not_arrive_or_are_held_back_are_counted(
    leo: Agent, ana: Agent, mia: Customer, brand: Brand, other_brand: Brand
) -> None:
    ticket = _open(mia, brand, at=NOON)
    set_delivery(post_reply(ana, ticket.pk, NewMessage("Here"), now=NOON), "failed", error="no such mailbox")
    for of, states in ((brand, ("quarantined", "failed", "processed")), (other_brand, ("quarantined",))):
        mailbox = Mailbox.objects.create(address=f"{of.slug}@example.com", brand=of)
        for number, state in enumerate(states):
            InboundEmail.objects.create(
                mailbox=mailbox, source="smtp", fingerprint=f"{number:064x}", sha256="0" * 64, size=1, state=state
            )
    figures = figures_for(leo, NOON)
    assert (figures.undelivered, figures.quarantined) == (1, 2)
    change_status(leo, ticket.pk, "solved")
    assert figures_for(leo, NOON).undelivered == 0


def test_another_brands_figures_are_never_shown(leo: Agent, ada: Agent, other_brand: Brand) -> None:
    noah = factories.customer("Noah", email="noah@example.com")
    _open(noah, other_brand, at=NOON)
    assert figures_for(leo, NOON).queues == []
    assert [queue.brand for queue in figures_for(ada, NOON).queues] == ["Rival"]


def test_the_page_and_its_fragment_cost_a_fixed_number_of_queries(
    as_leo: Client,
    mia: Customer,
    brand: Brand,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(9):
        ticket = _open(mia, brand, at=timezone.now())
        move_to_team(None, ticket.pk, factories.team(f"Team {number}", brand))
        factories.agent(f"Agent {number}", brands=[brand])
    with django_assert_max_num_queries(12):  # session, viewer, brands and the nine of the figures
        page = as_leo.get("/dashboard/figures/")
    assert page.content.decode().count("<tr>") == 10


def test_every_tile_says_what_it_counts(as_leo: Client) -> None:
    page = as_leo.get("/dashboard/").content.decode()
    assert page.count('class="tile__definition"') == page.count("aria-describedby=") == 10
    assert 'hx-trigger="every 10s"' in page


def test_a_name_with_markup_is_shown_as_text(as_leo: Client, brand: Brand, mia: Customer) -> None:
    team = factories.team("<script>alert(1)</script>", brand)
    move_to_team(None, _open(mia, brand, at=timezone.now()).pk, team)
    factories.agent("<b>Bold</b>", brands=[brand])
    page = as_leo.get("/dashboard/").content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>Bold" not in page


def test_agents_are_told_and_strangers_asked_to_sign_in(as_ana: Client, as_ada: Client, db: None) -> None:
    for url in ("/dashboard/", "/dashboard/figures/"):
        assert as_ada.get(url).status_code == 200
        assert as_ana.get(url).status_code == 403
        assert Client().get(url)["Location"] == f"/accounts/login/?next={url}"
        assert as_ada.post(url).status_code == 405


def test_a_poll_after_the_session_has_ended_leads_to_the_sign_in(db: None) -> None:
    answer = Client().get("/dashboard/figures/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/accounts/login/")
