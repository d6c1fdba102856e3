"""A chat's way through the routing: in line, taken, given on, given back, ended. Events run as after any commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.actions import note_presence, set_availability
from agents.models import Agent, AgentSkill, Availability, Brand, Skill, SkillKind
from chat import dispatching
from chat.actions import accept_chat, end_chat
from chat.actions.handover import return_to_line
from chat.actions.starting import Surroundings
from chat.models import ChatSession, State, Widget
from chat.queue import place_of
from core.errors import AppError
from core.ids import secret_token
from tests import factories
from tests.chat.visitors import Visitor, chat
from tickets.actions import assign_ticket, change_priority, post_reply
from tickets.content import NewMessage
from tickets.models import (
    AuthorKind,
    Desk,
    EntryState,
    Message,
    Mode,
    Offer,
    OfferState,
    Priority,
    QueueEntry,
    QueueSkill,
)
from tickets.models import TeamRouting as Rules
from tickets.routing import AtCapacity, take
from tickets.routing import sweep as sweep_queues
from tickets.routing.picking import OfferedToAnother, SkillMissing

pytestmark = pytest.mark.django_db(transaction=True)

Online = Callable[..., Agent]


@pytest.fixture
def online() -> Online:
    def make(agent: Agent, *, places: int = 3) -> Agent:
        agent.chat_capacity = places
        agent.save(update_fields=["chat_capacity"])
        note_presence(agent.pk)
        set_availability(agent.pk, Availability.ONLINE)
        return agent

    return make


def rules(brand: Brand, **fields: Any) -> Rules:
    return Rules.objects.create(brand=brand, **({"mode": Mode.OFFER} | fields))


def entry_of(session: ChatSession) -> QueueEntry:
    return QueueEntry.objects.filter(ticket=session.ticket_id).latest("pk")


def offered_to(session: ChatSession) -> Agent | None:
    entry = entry_of(session)
    return entry.agent if entry.state == EntryState.OFFERED else None


def load(agent: Agent) -> int:
    return Desk.objects.filter(agent=agent).values_list("load", flat=True).first() or 0


def fresh(session: ChatSession) -> ChatSession:
    return ChatSession.objects.select_related("ticket", "accepted_by").get(pk=session.pk)


def notices() -> list[str]:
    return list(Message.objects.filter(author_kind=AuthorKind.SYSTEM).values_list("text", flat=True))


class TestInLine:
    def test_a_started_chat_is_offered_at_once_to_who_is_there(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand)
        online(ana)
        session = chat(widget)
        assert offered_to(session) == ana
        assert fresh(session).state == State.WAITING
        accept_chat(ana, session.ticket)
        assert (fresh(session).state, entry_of(session).state, load(ana)) == (State.ACTIVE, EntryState.HELD, 100)
        assert Offer.objects.get().state == OfferState.ACCEPTED

    def test_who_comes_online_is_offered_what_waits(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand)
        session = chat(widget)
        assert offered_to(session) is None
        online(ana)
        assert offered_to(session) == ana

    def test_who_ends_a_chat_is_offered_the_next(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand)
        online(ana, places=1)
        first, second = chat(widget), chat(widget)
        accept_chat(ana, first.ticket)
        assert offered_to(second) is None
        end_chat(first, ana)
        assert offered_to(second) == ana

    def test_where_agents_take_from_the_list_nothing_is_offered(
        self, widget: Widget, ana: Agent, online: Online
    ) -> None:
        online(ana)
        session = chat(widget)
        assert not Offer.objects.exists()
        accept_chat(ana, session.ticket)
        assert load(ana) == 100

    def test_a_queue_that_gives_without_asking_begins_the_chat(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand, mode=Mode.AUTO)
        online(ana)
        session = fresh(chat(widget))
        assert (session.state, session.accepted_by, session.ticket.assignee) == (State.ACTIVE, ana, ana)

    def test_a_chat_that_was_given_and_did_not_begin_begins_with_the_sweep(
        self, widget: Widget, ana: Agent, online: Online
    ) -> None:
        session = chat(widget)
        take(ana, session.ticket_id, now=timezone.now())
        assert dispatching.sweep(timezone.now()) == 1
        assert fresh(session).accepted_by == ana

    def test_a_chat_that_was_given_on_and_does_not_know_follows_with_the_sweep(
        self, widget: Widget, ana: Agent, leo: Agent
    ) -> None:
        session = chat(widget)
        accept_chat(ana, session.ticket)
        assign_ticket(ana, session.ticket_id, leo)
        ChatSession.objects.filter(pk=session.pk).update(accepted_by=ana)
        assert dispatching.sweep(timezone.now()) == 1
        assert fresh(session).accepted_by == leo

    def test_a_waiting_chat_that_is_in_no_line_is_put_there_with_its_time(self, widget: Widget) -> None:
        session = chat(widget)
        QueueEntry.objects.all().delete()
        assert dispatching.sweep(timezone.now()) == 1
        assert entry_of(session).entered_at == fresh(session).queued_at
        assert dispatching.sweep(timezone.now()) == 0

    def test_an_urgent_chat_is_first_in_line(self, widget: Widget, ana: Agent) -> None:
        old, urgent = chat(widget), chat(widget)
        change_priority(ana, urgent.ticket_id, Priority.URGENT)
        place = place_of(fresh(urgent), now=timezone.now())
        assert place is not None
        assert place.position == 1
        assert entry_of(old).entered_at < entry_of(urgent).entered_at


class TestWho:
    def test_who_speaks_the_visitors_language_is_preferred(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        german = Skill.objects.create(name="German", kind=SkillKind.LANGUAGE, language="de")
        AgentSkill.objects.create(agent=leo, skill=german, level=4)
        online(ana)
        online(leo)
        assert offered_to(chat(widget, surroundings=Surroundings(language="de-AT"))) == leo

    def test_a_returning_customer_finds_their_last_agent(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        token = secret_token()
        first = chat(widget, token=token)
        accept_chat(leo, first.ticket)
        end_chat(first, leo)
        online(ana)
        online(leo)
        again = chat(widget, token=token, client_id="start-0002")
        assert offered_to(again) == leo
        assert Offer.objects.get().why["decided_by"] == "last_agent"

    def test_whoever_takes_up_an_ended_chat_finds_their_agent_too(
        self, visitor: Visitor, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        visitor.start()
        session = ChatSession.objects.get()
        accept_chat(leo, session.ticket)
        end_chat(session, leo)
        online(ana)
        online(leo)
        assert visitor.say("One more thing", id="message-2").status_code == 200
        assert offered_to(session) == leo

    def test_a_talk_long_ago_prefers_nobody(self, widget: Widget, leo: Agent) -> None:
        token = secret_token()
        first = chat(widget, token=token)
        accept_chat(leo, first.ticket)
        end_chat(first, leo)
        ChatSession.objects.update(accepted_at=timezone.now() - timedelta(days=31))
        assert entry_of(chat(widget, token=token, client_id="start-0002")).preferred_agent is None


class TestPicking:
    def test_what_is_offered_to_somebody_is_not_taken_by_another(
        self, widget: Widget, brand: Brand, ana: Agent, leo: Agent, online: Online
    ) -> None:
        rules(brand)
        zoe = factories.agent("Zoe", brands=[brand])
        online(ana)
        session = chat(widget)
        for attempt in (
            lambda: accept_chat(zoe, session.ticket),
            lambda: post_reply(zoe, session.ticket_id, NewMessage("Mine")),
        ):
            with pytest.raises(OfferedToAnother, match="Ana is being asked"):
                attempt()
        assert (offered_to(session), fresh(session).ticket.assignee, load(zoe)) == (ana, None, 0)
        accept_chat(leo, session.ticket)  # who supervises may
        assert fresh(session).accepted_by == leo

    def test_who_lacks_a_required_skill_does_not_take_it_from_the_list(
        self, widget: Widget, brand: Brand, ana: Agent
    ) -> None:
        german = Skill.objects.create(name="German")
        QueueSkill.objects.create(routing=rules(brand, mode=Mode.PICK), skill=german, level=3)
        mine = AgentSkill.objects.create(agent=ana, skill=german, level=2)
        session = chat(widget)
        with pytest.raises(SkillMissing, match=r"This needs German at level 3; yours is 2\."):
            accept_chat(ana, session.ticket)
        assert (fresh(session).state, fresh(session).ticket.assignee) == (State.WAITING, None)
        mine.level = 3
        mine.save()
        assert accept_chat(ana, session.ticket).state == State.ACTIVE


class TestCapacity:
    def test_nobody_takes_more_than_they_may_and_the_error_says_so(self, widget: Widget, ana: Agent) -> None:
        ana.chat_capacity = 1
        ana.save(update_fields=["chat_capacity"])
        first, second = chat(widget), chat(widget)
        accept_chat(ana, first.ticket)
        with pytest.raises(AtCapacity, match="Ana has as many chats"):
            accept_chat(ana, second.ticket)
        assert (fresh(second).state, fresh(second).ticket.assignee) == (State.WAITING, None)

    def test_an_answer_to_a_waiting_chat_takes_a_place_too(self, widget: Widget, ana: Agent) -> None:
        ana.chat_capacity = 1
        ana.save(update_fields=["chat_capacity"])
        first, second = chat(widget), chat(widget)
        post_reply(ana, first.ticket_id, NewMessage("Hello"))
        with pytest.raises(AtCapacity):
            post_reply(ana, second.ticket_id, NewMessage("Hello"))
        assert not Message.objects.filter(ticket=second.ticket_id, agent=ana).exists()

    def test_a_chat_is_given_to_a_colleague_with_its_place(self, widget: Widget, ana: Agent, leo: Agent) -> None:
        session = chat(widget)
        accept_chat(ana, session.ticket)
        assign_ticket(ana, session.ticket_id, leo)
        assert (load(ana), load(leo), fresh(session).accepted_by) == (0, 100, leo)

    def test_a_colleague_without_room_is_not_given_a_chat(self, widget: Widget, ana: Agent, leo: Agent) -> None:
        leo.chat_capacity = 1
        leo.save(update_fields=["chat_capacity"])
        mine, theirs = chat(widget), chat(widget)
        accept_chat(ana, mine.ticket)
        accept_chat(leo, theirs.ticket)
        with pytest.raises(AtCapacity, match="Leo"):
            assign_ticket(ana, mine.ticket_id, leo)
        assert (fresh(mine).accepted_by, fresh(mine).ticket.assignee) == (ana, ana)

    def test_the_place_is_free_after_the_wrap_up(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand, wrap_up_seconds=30)
        online(ana, places=1)
        first, second = chat(widget), chat(widget)
        accept_chat(ana, first.ticket)
        end_chat(first, ana)
        assert (entry_of(first).state, offered_to(second)) == (EntryState.WRAP_UP, None)
        sweep_queues(timezone.now() + timedelta(seconds=31))
        assert offered_to(second) == ana

    def test_a_visitor_who_leaves_the_line_frees_who_was_asked(
        self, widget: Widget, brand: Brand, ana: Agent, online: Online
    ) -> None:
        rules(brand)
        online(ana)
        session = chat(widget)
        end_chat(session, None)
        assert (entry_of(session).state, load(ana)) == (EntryState.LEFT, 0)
        assert Offer.objects.get().state == OfferState.WITHDRAWN


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
