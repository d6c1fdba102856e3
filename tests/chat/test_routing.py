"""A chat's way through the routing: in line, taken, given on, given back, ended. Events run as after any commit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import Agent, AgentSkill, Brand, Skill, SkillKind
from chat import dispatching
from chat.actions import accept_chat, end_chat
from chat.actions.starting import Surroundings
from chat.models import ChatSession, State, Widget
from chat.queue import place_of
from core.ids import secret_token
from tests import factories
from tests.chat.lines import Online, entry_of, fresh, load, offered_to, rules
from tests.chat.visitors import Visitor, chat
from tickets.actions import assign_ticket, change_priority, post_reply
from tickets.content import NewMessage
from tickets.models import (
    EntryState,
    Message,
    Mode,
    Offer,
    OfferState,
    Priority,
    QueueEntry,
    QueueSkill,
)
from tickets.routing import AtCapacity, take
from tickets.routing import sweep as sweep_queues
from tickets.routing.picking import OfferedToAnother, SkillMissing

pytestmark = pytest.mark.django_db(transaction=True)


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
        with pytest.raises(AtCapacity, match="Ana has as much as they may have at once"):
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
