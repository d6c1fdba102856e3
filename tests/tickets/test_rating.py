from __future__ import annotations

from typing import Any

import pytest

from agents.models import Agent, Brand
from core.errors import Invalid, TooLarge
from core.events import subscribe
from crm.models import Customer
from tests import factories
from tickets.actions import post_system_message, rate_ticket
from tickets.events import TicketRated
from tickets.models import AuthorKind, EventKind, Rating, Ticket

pytestmark = pytest.mark.django_db

HEARD: list[TicketRated] = []


@subscribe(TicketRated)
def _hear(event: TicketRated) -> None:
    HEARD.append(event)


@pytest.fixture
def ticket(mia: Customer, brand: Brand) -> Ticket:
    HEARD.clear()
    return factories.ticket(mia, brand)


def test_a_rating_names_who_is_rated_and_stands_in_the_history(
    ticket: Ticket, ana: Agent, mia: Customer, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        rating = rate_ticket(ticket.pk, score=5, comment=" Quick! ", channel="chat", agent=ana, by=mia)
    assert (rating.score, rating.comment, rating.agent) == (5, "Quick!", ana)
    line = ticket.history.get(kind=EventKind.RATING)
    assert (line.data, line.actor_kind) == ({"from": None, "to": 5}, "customer")
    assert [TicketRated(ticket_id=ticket.pk, brand_id=ticket.brand_id, score=5)] == HEARD


def test_rating_again_replaces_and_the_same_again_changes_nothing(ticket: Ticket, ana: Agent, mia: Customer) -> None:
    for score in (2, 4, 4):
        rate_ticket(ticket.pk, score=score, channel="chat", agent=ana, by=mia)
    assert Rating.objects.get(ticket=ticket).score == 4
    assert ticket.history.filter(kind=EventKind.RATING).count() == 2


@pytest.mark.parametrize("score", [0, 6, -1, 10**9])
def test_a_score_outside_the_scale_is_refused(score: int, ticket: Ticket) -> None:
    with pytest.raises(Invalid, match="1 to 5"):
        rate_ticket(ticket.pk, score=score, channel="chat", agent=None, by=None)


def test_a_comment_has_a_limit(ticket: Ticket) -> None:
    with pytest.raises(TooLarge):
        rate_ticket(ticket.pk, score=3, comment="x" * 2001, channel="chat", agent=None, by=None)


def test_a_line_of_the_house_stops_no_clock(ticket: Ticket) -> None:
    posted = post_system_message(ticket.pk, "Are you still there?", channel="chat")
    before = (ticket.waiting_since, ticket.status)
    ticket.refresh_from_db()
    assert (posted.author_kind, posted.seq) == (AuthorKind.SYSTEM, 2)
    assert ticket.first_response_at is None
    assert ticket.excerpt == "Where is it?"
    assert (ticket.waiting_since, ticket.status) == before
    assert not ticket.sla_timers.filter(finished_at__isnull=False).exists()
