"""Transfers, invitations and blocks: who may, what stays until somebody accepts, what the history says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from agents.models import Agent, Brand, Team
from chat import dispatching
from chat.actions import accept_chat, end_chat, say, start_chat
from chat.actions.blocking import ADDRESS_FOR, block_visitor, forget_addresses, standing_block, unblock_visitor
from chat.actions.inviting import invite_colleague, leave_chat
from chat.actions.leaving import leave_message
from chat.actions.starting import NewChat
from chat.actions.transfer import TRANSFER_SECONDS, accept_transfer, ask_transfer, decline_transfer
from chat.errors import ChatEnded, NotYourChat, TransferOver, VisitorBlocked
from chat.events import ColleaguesAsked
from chat.models import (
    BlockedVisitor,
    ChatGuest,
    ChatSession,
    KnownVisitor,
    State,
    TransferState,
    VisitorAddress,
    Widget,
)
from chat.tokens import hash_token
from core import events
from core.errors import Invalid
from core.ids import secret_token
from crm.models import Customer, Proof
from tests.chat.visitors import chat
from tickets.content import NewMessage
from tickets.models import Desk, EntryState, EventKind, Message, QueueEntry, TicketEvent, Visibility
from tickets.routing import AtCapacity

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(widget: Widget, ana: Agent) -> ChatSession:
    """A chat that Ana has."""
    return accept_chat(ana, chat(widget).ticket)


@pytest.fixture
def team(brand: Brand, leo: Agent) -> Team:
    made = Team.objects.create(brand=brand, name="Billing")
    made.agents.add(leo)
    return made


def fresh(session: ChatSession) -> ChatSession:
    return ChatSession.objects.select_related("ticket__assignee", "ticket__team", "accepted_by").get(pk=session.pk)


def load(agent: Agent) -> int:
    return Desk.objects.filter(agent=agent).values_list("load", flat=True).first() or 0


def history(session: ChatSession) -> list[str]:
    events = TicketEvent.objects.filter(ticket=session.ticket_id, kind=EventKind.CHAT).order_by("pk")
    return [event.data["what"] for event in events if event.data.get("what")]


class TestTransfer:
    def test_a_chat_stays_with_its_agent_until_the_other_accepts(
        self, talk: ChatSession, ana: Agent, leo: Agent
    ) -> None:
        transfer = ask_transfer(talk, ana, leo, summary=" Wants a refund ", now=timezone.now())
        assert (fresh(talk).accepted_by, fresh(talk).ticket.assignee, load(ana), load(leo)) == (ana, ana, 100, 0)
        note = Message.objects.get(ticket=talk.ticket_id, visibility=Visibility.PRIVATE)
        assert "Wants a refund" in note.text
        accept_transfer(transfer.pk, leo, now=timezone.now())
        assert (fresh(talk).accepted_by, fresh(talk).ticket.assignee, load(ana), load(leo)) == (leo, leo, 0, 100)
        entry = QueueEntry.objects.get(ticket=talk.ticket_id)
        assert (entry.state, entry.agent) == (EntryState.HELD, leo)
        assert Message.objects.filter(ticket=talk.ticket_id, text="You are now talking with Leo.").count() == 1
        assert history(talk) == ["transfer_asked", "transfer_accepted"]

    def test_a_declined_transfer_leaves_everything_as_it_was(self, talk: ChatSession, ana: Agent, leo: Agent) -> None:
        transfer = ask_transfer(talk, ana, leo, now=timezone.now())
        decline_transfer(transfer.pk, leo, now=timezone.now())
        transfer.refresh_from_db()
        assert (transfer.state, fresh(talk).accepted_by, load(leo)) == (TransferState.DECLINED, ana, 0)
        with pytest.raises(TransferOver):
            accept_transfer(transfer.pk, leo, now=timezone.now())

    def test_one_of_a_team_accepts_and_the_ticket_moves_there(
        self, talk: ChatSession, ana: Agent, leo: Agent, team: Team
    ) -> None:
        transfer = ask_transfer(talk, ana, team, now=timezone.now())
        assert fresh(talk).ticket.team is None
        with pytest.raises(TransferOver):
            decline_transfer(transfer.pk, leo, now=timezone.now())
        accept_transfer(transfer.pk, leo, now=timezone.now())
        assert (fresh(talk).accepted_by, fresh(talk).ticket.team) == (leo, team)

    def test_who_has_no_place_free_cannot_accept_and_nothing_changes(
        self, talk: ChatSession, ana: Agent, leo: Agent, widget: Widget
    ) -> None:
        leo.chat_capacity = 1
        leo.save(update_fields=["chat_capacity"])
        accept_chat(leo, chat(widget).ticket)
        transfer = ask_transfer(talk, ana, leo, now=timezone.now())
        with pytest.raises(AtCapacity):
            accept_transfer(transfer.pk, leo, now=timezone.now())
        transfer.refresh_from_db()
        assert (transfer.state, fresh(talk).accepted_by) == (TransferState.ASKED, ana)

    def test_nobody_else_may_accept_or_ask(self, talk: ChatSession, ana: Agent, leo: Agent, ada: Agent) -> None:
        transfer = ask_transfer(talk, ana, leo, now=timezone.now())
        with pytest.raises(TransferOver):
            accept_transfer(transfer.pk, ada, now=timezone.now())
        with pytest.raises(NotYourChat):
            ask_transfer(talk, leo, ada, now=timezone.now())

    def test_who_cannot_have_the_chat_is_not_asked(self, talk: ChatSession, ana: Agent, otto: Agent) -> None:
        empty = Team.objects.create(brand=talk.ticket.brand, name="Nobody")
        for target in (otto, ana, empty):
            with pytest.raises(Invalid):
                ask_transfer(talk, ana, target, now=timezone.now())

    def test_asking_again_replaces_the_question_and_it_can_be_taken_back(
        self, talk: ChatSession, ana: Agent, leo: Agent, ada: Agent
    ) -> None:
        first = ask_transfer(talk, ana, leo, now=timezone.now())
        second = ask_transfer(talk, ana, ada, now=timezone.now())
        with pytest.raises(TransferOver):
            accept_transfer(first.pk, leo, now=timezone.now())
        decline_transfer(second.pk, ana, now=timezone.now())
        with pytest.raises(TransferOver):
            accept_transfer(second.pk, ada, now=timezone.now())

    def test_who_asked_is_told_at_once_that_there_is_an_answer(
        self, talk: ChatSession, ana: Agent, leo: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        transfer = ask_transfer(talk, ana, leo, now=timezone.now())
        heard: list[ColleaguesAsked] = []
        monkeypatch.setitem(events._subscribers, ColleaguesAsked, [heard.append])
        decline_transfer(transfer.pk, leo, now=timezone.now())
        assert [event.agent_ids for event in heard] == [tuple(sorted([ana.pk, leo.pk]))]

    @pytest.mark.parametrize("ends", [True, False])
    def test_a_question_without_answer_closes_by_itself(
        self, ends: bool, talk: ChatSession, ana: Agent, leo: Agent
    ) -> None:
        now = timezone.now()
        transfer = ask_transfer(talk, ana, leo, now=now)
        if ends:
            end_chat(talk, ana)
        later = now + timedelta(seconds=1 if ends else TRANSFER_SECONDS)
        with pytest.raises(TransferOver):
            accept_transfer(transfer.pk, leo, now=later)
        dispatching.sweep(later)
        transfer.refresh_from_db()
        assert transfer.state == TransferState.EXPIRED
        assert dispatching.sweep(later) == 0


class TestInvitation:
    def test_a_colleague_helps_and_leaves(self, talk: ChatSession, ana: Agent, leo: Agent) -> None:
        for _ in range(2):
            invite_colleague(talk, ana, leo, now=timezone.now())
        assert ChatGuest.objects.get().invited_by == ana
        assert fresh(talk).accepted_by == ana
        assert leave_chat(talk, leo, now=timezone.now())
        assert not leave_chat(talk, leo, now=timezone.now())
        assert history(talk) == ["invited", "left"]

    def test_only_who_may_see_the_chat_is_invited(self, talk: ChatSession, ana: Agent, leo: Agent, otto: Agent) -> None:
        for colleague in (ana, otto):
            with pytest.raises(Invalid):
                invite_colleague(talk, ana, colleague, now=timezone.now())
        end_chat(talk, ana)
        with pytest.raises(ChatEnded):
            invite_colleague(talk, ana, leo, now=timezone.now())


class TestBlock:
    def test_who_is_blocked_can_neither_go_on_nor_begin_again(
        self, talk: ChatSession, widget: Widget, ana: Agent
    ) -> None:
        block_visitor(talk, ana, reason="Insults", now=timezone.now())
        assert fresh(talk).state == State.ENDED
        again = NewChat(talk.visitor_hash, NewMessage("Me again", client_id="again-0001"))
        for attempt in self.attempts(talk, widget, again):
            with pytest.raises(VisitorBlocked):
                attempt()
        assert not Message.objects.filter(text__startswith="Me again").exists()
        assert chat(widget).state == State.WAITING  # others are let in

    def test_a_block_ends_with_its_time(self, talk: ChatSession, widget: Widget, ana: Agent) -> None:
        now = timezone.now()
        block_visitor(talk, ana, lasts=timedelta(days=1), now=now)
        again = NewChat(talk.visitor_hash, NewMessage("Hello", client_id="again-0002"))
        assert start_chat(widget, again, now=now + timedelta(days=1, seconds=1)).state == State.WAITING

    def test_a_second_block_sets_the_first_anew(self, talk: ChatSession, ana: Agent) -> None:
        block_visitor(talk, ana, lasts=timedelta(days=1), now=timezone.now())
        block_visitor(talk, ana, reason="Spam", now=timezone.now())
        blocked = BlockedVisitor.objects.get()
        assert (blocked.until, blocked.reason, blocked.created_by) == (None, "Spam", ana)

    def test_a_new_browser_is_blocked_by_the_email_that_it_gives(
        self, widget: Widget, ana: Agent, other: NewChat
    ) -> None:
        talk = chat(widget, email="Mia@Example.com")
        block_visitor(talk, ana, by_email=True, now=timezone.now())
        for start in (start_chat, leave_message):
            with pytest.raises(VisitorBlocked):
                start(widget, replace(other, email=" mia@example.COM "))
        assert start_chat(widget, replace(other, email="zoe@example.com")).state == State.WAITING

    def test_an_email_is_blocked_only_when_it_is_asked_for(self, widget: Widget, ana: Agent, other: NewChat) -> None:
        """Anybody may type somebody's address and misbehave."""
        block_visitor(chat(widget, email="mia@example.com"), ana, now=timezone.now())
        assert start_chat(widget, replace(other, email="mia@example.com")).state == State.WAITING

    def test_whom_the_site_vouches_for_is_blocked_in_every_browser(
        self, widget: Widget, ana: Agent, mia: Customer, other: NewChat
    ) -> None:
        now, talk = timezone.now(), chat(widget)
        for visitor in (talk.visitor_hash, other.visitor_hash):
            KnownVisitor.objects.create(
                widget=widget,
                visitor_hash=visitor,
                customer=mia,
                external_id="4711",
                expires_at=now + timedelta(days=1),
            )
        ChatSession.objects.filter(pk=talk.pk).update(proof=Proof.SIGNED)
        assert block_visitor(talk, ana, now=now).external_id == "4711"
        with pytest.raises(VisitorBlocked):
            start_chat(widget, other)
        KnownVisitor.objects.filter(visitor_hash=other.visitor_hash).update(external_id="4712")
        assert start_chat(widget, other).state == State.WAITING

    @pytest.mark.parametrize(
        ("first", "second", "same"),
        [
            ("203.0.113.7", "203.0.113.7", True),
            ("203.0.113.7", "::ffff:203.0.113.7", True),
            ("2001:db8:1:2::7", "2001:db8:1:2:aaaa::1", True),
            ("203.0.113.7", "203.0.113.8", False),
            ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
            ("unknown", "unknown", False),
        ],
    )
    def test_a_network_is_blocked_for_some_days_and_never_stored_as_it_is(
        self, first: str, second: str, same: bool, widget: Widget, ana: Agent, other: NewChat
    ) -> None:
        now, again = timezone.now(), replace(other, address=second)
        talk = chat(widget, address=first)
        block_visitor(talk, ana, by_address=True, now=now)
        assert all(
            first not in str(row) for model in (VisitorAddress, BlockedVisitor) for row in model.objects.values()
        )
        if same:
            with pytest.raises(VisitorBlocked):
                start_chat(widget, again, now=now + ADDRESS_FOR - timedelta(minutes=1))
        assert start_chat(widget, again, now=now + (ADDRESS_FOR if same else timedelta())).state == State.WAITING

    def test_networks_are_forgotten_after_some_days(self, widget: Widget, ana: Agent) -> None:
        now = timezone.now()
        block_visitor(chat(widget, address="203.0.113.7"), ana, by_address=True, now=now)
        assert forget_addresses(now + ADDRESS_FOR - timedelta(hours=1)) == 0
        assert forget_addresses(now + ADDRESS_FOR + timedelta(hours=1)) == 2
        assert (VisitorAddress.objects.exists(), BlockedVisitor.objects.get().address_hash) == (False, "")

    def test_who_was_blocked_by_mistake_is_let_in_again(self, talk: ChatSession, widget: Widget, ana: Agent) -> None:
        now = timezone.now()
        block_visitor(talk, ana, now=now)
        assert standing_block(talk, now=now) is not None
        assert unblock_visitor(talk, ana, now=now)
        assert not unblock_visitor(talk, ana, now=now)
        assert standing_block(talk, now=now) is None
        assert history(talk)[-1] == "unblocked"
        again = NewChat(talk.visitor_hash, NewMessage("Hello", client_id="again-0003"))
        assert start_chat(widget, again).state == State.WAITING

    @pytest.fixture
    def other(self) -> NewChat:
        """Somebody starts in a browser that nobody has seen."""
        return NewChat(hash_token(secret_token()), NewMessage("It is me", client_id="other-0001"))

    @staticmethod
    def attempts(talk: ChatSession, widget: Widget, again: NewChat) -> list[Callable[[], object]]:
        return [
            lambda: say(talk.pk, again.message),
            lambda: start_chat(widget, again),
            lambda: leave_message(widget, again),
        ]
