"""Agents who go: what they were asked and what they had goes to others. Events run as after any commit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.actions import note_presence, set_availability
from agents.models import Agent, Availability, Brand
from chat import dispatching
from chat.actions import accept_chat, end_chat
from chat.actions.handover import return_to_line
from chat.models import State, Widget
from core.errors import AppError
from crm.models import Customer
from tests import factories
from tests.chat.lines import Online, entry_of, fresh, load, notices, offered_to, rules
from tests.chat.visitors import chat
from tickets import routing
from tickets.actions import assign_ticket, post_reply
from tickets.content import NewMessage
from tickets.models import (
    Offer,
    OfferState,
    QueueEntry,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestGone:
    def open_until(self, agent: Agent, seconds_ago: float) -> datetime:
        now = timezone.now()
        Agent.objects.filter(pk=agent.pk).update(last_seen_at=now - timedelta(seconds=seconds_ago))
        QueueEntry.objects.filter(agent=agent).update(held_at=now - timedelta(minutes=10))
        return now

    def test_a_closed_browser_gives_its_chats_back_after_the_grace(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        online(ana)
        session = chat(widget)
        since = entry_of(session).entered_at
        accept_chat(ana, session.ticket)
        online(leo)
        newer = chat(widget)
        now = self.open_until(ana, 119)
        assert dispatching.sweep(now) == 0
        now = self.open_until(ana, 121)
        assert dispatching.sweep(now) == 1
        back = fresh(session)
        assert (back.accepted_by, back.ticket.assignee, load(ana)) == (None, None, 0)
        assert entry_of(session).entered_at == since < entry_of(newer).entered_at
        assert offered_to(session) == leo
        assert notices() == [
            "The connection to our colleague was lost. You are next in line, and somebody will be with you soon."
        ]
        assert dispatching.sweep(now) == 0

    def test_who_comes_back_in_time_keeps_their_chats(self, widget: Widget, ana: Agent, online: Online) -> None:
        online(ana)
        session = chat(widget)
        accept_chat(ana, session.ticket)
        self.open_until(ana, 100)
        note_presence(ana.pk)
        assert dispatching.sweep(timezone.now() + timedelta(seconds=30)) == 0
        assert fresh(session).accepted_by == ana

    def test_who_works_without_a_console_is_not_watched(self, widget: Widget, ana: Agent) -> None:
        session = chat(widget)
        accept_chat(ana, session.ticket)
        Agent.objects.filter(pk=ana.pk).update(last_seen_at=timezone.now() - timedelta(days=1))
        assert dispatching.sweep(timezone.now()) == 0
        assert fresh(session).accepted_by == ana
        post_reply(ana, session.ticket_id, NewMessage("By the API"))
        assert dispatching.sweep(timezone.now() + timedelta(minutes=10)) == 0
        assert fresh(session).accepted_by == ana

    @pytest.mark.parametrize("seen", [timedelta(hours=1), None])
    def test_a_chat_given_to_somebody_who_is_not_there_comes_back(
        self, seen: timedelta | None, widget: Widget, ana: Agent, leo: Agent, online: Online
    ) -> None:
        online(ana)
        session = chat(widget)
        post_reply(ana, session.ticket_id, NewMessage("Leo will help you"))
        now = timezone.now()
        Agent.objects.filter(pk=leo.pk).update(last_seen_at=now - seen if seen else None)
        assign_ticket(ana, session.ticket_id, leo, now=now)
        assert dispatching.sweep(now + timedelta(seconds=119)) == 0
        assert fresh(session).accepted_by == leo
        assert dispatching.sweep(now + timedelta(seconds=121)) == 1
        assert (fresh(session).state, fresh(session).ticket.assignee, load(leo)) == (State.WAITING, None, 0)

    def test_who_is_asked_and_closes_the_console_is_asked_no_more(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand, offer_seconds=600)
        online(ana)
        session = chat(widget)
        online(leo)
        now = self.open_until(ana, 29)
        assert dispatching.sweep(now) == 0
        now = self.open_until(ana, 31)
        assert dispatching.sweep(now) == 1
        assert (offered_to(session), load(ana)) == (leo, 0)
        assert [offer.state for offer in Offer.objects.filter(agent=ana)] == [OfferState.WITHDRAWN]

    def test_a_chat_is_not_handed_back_to_who_has_just_gone(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online, settings: Any
    ) -> None:
        settings.HAND_BACK_SECONDS = 10
        rules(brand)
        online(ana)
        session = chat(widget)
        accept_chat(ana, session.ticket)
        assert dispatching.sweep(self.open_until(ana, 20)) == 0
        assert dispatching.sweep(self.open_until(ana, 31)) == 1
        assert offered_to(session) is None

    def test_who_goes_offline_is_asked_no_more(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        online(ana)
        session = chat(widget)
        online(leo)
        assert offered_to(session) == ana
        set_availability(ana.pk, Availability.AWAY)
        assert (offered_to(session), load(ana), load(leo)) == (leo, 0, 100)

    def test_on_last_call_the_last_end_is_away(self, widget: Widget, brand: Brand, ana: Agent, online: Online) -> None:
        rules(brand)
        online(ana)
        session = chat(widget)
        accept_chat(ana, session.ticket)
        set_availability(ana.pk, Availability.LAST_CALL)
        assert offered_to(chat(widget)) is None
        ana.refresh_from_db()
        assert ana.availability == Availability.LAST_CALL
        end_chat(session, ana)
        ana.refresh_from_db()
        assert ana.availability == Availability.AWAY

    def test_last_call_with_nothing_to_finish_is_away(self, ana: Agent, online: Online) -> None:
        online(ana)
        set_availability(ana.pk, Availability.LAST_CALL)
        ana.refresh_from_db()
        assert ana.availability == Availability.AWAY

    def test_mail_that_is_held_does_not_keep_somebody_on_last_call(
        self, mia: Customer, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand)
        online(ana)
        mail = factories.ticket(mia, brand)
        routing.enter(mail, now=timezone.now())
        routing.take(ana, mail.pk, now=timezone.now())
        set_availability(ana.pk, Availability.LAST_CALL)
        ana.refresh_from_db()
        assert ana.availability == Availability.AWAY

    def test_a_chat_put_back_into_another_teams_line_is_offered_there(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        bills = factories.team("Bills", brand)
        leo.teams.add(bills)
        online(ana)
        session = chat(widget)
        accept_chat(ana, session.ticket)
        online(leo)
        assert return_to_line(session.ticket_id, ana, team=bills)
        assert (fresh(session).ticket.team, offered_to(session), load(ana)) == (bills, leo, 0)
        assert not return_to_line(session.ticket_id, ana, team=bills), "it does not run any more"

    def test_a_team_of_another_brand_is_refused_and_the_chat_goes_on(
        self, widget: Widget, other_brand: Brand, ana: Agent
    ) -> None:
        session = chat(widget)
        accept_chat(ana, session.ticket)
        with pytest.raises(AppError, match="another brand"):
            return_to_line(session.ticket_id, ana, team=factories.team("Bills", other_brand))
        assert (fresh(session).state, notices()) == (State.ACTIVE, [])
