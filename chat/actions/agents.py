"""The agents' side of a chat. Who may is decided at their edge (`tickets.permissions.access_ticket`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from chat.actions.transitions import to_active
from chat.errors import AlreadyTaken, ChatEnded
from chat.live import push_frame
from chat.locking import lock_session
from chat.models import ChatSession, State
from chat.selectors import session_of
from core.live import gathered
from tickets.actions import assign_ticket
from tickets.models import Message, Ticket

OVERTAKEN_WITHIN = timedelta(seconds=1.5)


def accept_chat(agent: Agent, ticket: Ticket, *, now: datetime | None = None) -> ChatSession:
    """Take a waiting chat: it becomes active and its ticket the agent's. Accepting one's own again changes nothing.

    Raises AlreadyTaken naming the agent who was first, AtCapacity when the agent has as many as they may, ChatEnded,
    NotFound when the ticket has no chat, Invalid when the agent does not work for the brand; OfferedToAnother,
    SkillMissing. Publishes ChatStateChanged and TicketChanged.
    """
    with transaction.atomic():
        session = lock_session(session_of(ticket).pk)
        if session.state == State.ENDED:
            raise ChatEnded(_("This chat has ended."))
        if session.state == State.ACTIVE:
            _check_own(session, agent)
            return session
        assign_ticket(agent, session.ticket_id, agent)
        session.accepted_by = agent
        to_active(session, agent, now or timezone.now())
    return session


def _check_own(session: ChatSession, agent: Agent) -> None:
    taker = session.accepted_by
    if taker is not None and taker.pk != agent.pk:
        raise AlreadyTaken(_("This chat is already taken by %(name)s.") % {"name": taker.name})


def agent_typing(ticket_id: int, agent: Agent, *, on: bool = True) -> None:
    """Show (or end) the typing dots in the visitor's widget; they end by themselves after six seconds.

    A hint that was overtaken by the words it announced is dropped.
    """
    if on and _has_just_written(ticket_id, agent):
        return
    session_id = ChatSession.objects.filter(ticket_id=ticket_id).values_list("pk", flat=True).first()
    if session_id is not None:
        push_frame(session_id, {"type": "typing", "on": on, "name": agent.name})


def _has_just_written(ticket_id: int, agent: Agent) -> bool:
    since = timezone.now() - OVERTAKEN_WITHIN
    return Message.objects.filter(ticket_id=ticket_id, agent=agent, created_at__gte=since).exists()


@dataclass(frozen=True, slots=True)
class Got:
    """An agent's console holds the visitor's words up to `seq`."""

    agent_id: int
    ticket_id: int
    seq: int


def mark_agents_got(gots: Sequence[Got]) -> None:
    """The visitors see "Delivered", each agent's own chats alone. Never moves backwards. One statement for all."""
    seqs: dict[tuple[int, int], int] = {}
    for got in gots:
        key = (got.agent_id, got.ticket_id)
        seqs[key] = max(got.seq, seqs.get(key, 0))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH news AS (SELECT s.id, least(n.seq, t.last_seq) AS seq"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (agent_id, ticket_id, seq)"
            " JOIN tickets_ticket t ON t.id = n.ticket_id"
            " JOIN chat_chatsession s ON s.ticket_id = t.id AND s.accepted_by_id = n.agent_id"
            " WHERE s.agent_got_seq < least(n.seq, t.last_seq) ORDER BY s.id FOR NO KEY UPDATE OF s)"
            " UPDATE chat_chatsession s SET agent_got_seq = news.seq FROM news"
            " WHERE s.id = news.id AND s.agent_got_seq < news.seq RETURNING s.id, news.seq",
            [[agent for agent, _ticket in seqs], [ticket for _agent, ticket in seqs], list(seqs.values())],
        )
        moved = cursor.fetchall()
        transaction.on_commit(lambda: _push_delivered(moved))


def _push_delivered(moved: Sequence[tuple[int, int]]) -> None:
    with gathered():
        for session_id, seq in moved:
            push_frame(session_id, {"type": "delivered", "seq": seq})


def mark_agent_seen(ticket_id: int, seq: int) -> None:
    """An agent has the messages up to `seq` before their eyes: the visitor sees "Seen". Never moves backwards."""
    session = ChatSession.objects.filter(ticket_id=ticket_id, agent_seen_seq__lt=seq)
    session_id = session.values_list("pk", flat=True).first()
    if session_id is not None and session.update(agent_seen_seq=seq):
        transaction.on_commit(lambda: push_frame(session_id, {"type": "seen", "seq": seq}))
