"""A running chat offered to a colleague or a team. It stays with its agent until somebody accepts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from agents.models import Agent, Team
from chat.actions.handover import follow_assignee
from chat.errors import ChatEnded, NotYourChat, TransferOver
from chat.events import ColleaguesAsked
from chat.locking import lock_session
from chat.models import ChatSession, ChatTransfer, State, TransferState
from chat.permissions import check_colleague
from core.errors import Invalid
from core.events import publish
from tickets.actions import assign_ticket, move_to_team, post_note
from tickets.content import NewMessage
from tickets.history import record
from tickets.models import EventKind

TRANSFER_SECONDS = 90
"""How long a colleague is asked; then the chat is simply still its agent's."""
SUMMARY_LIMIT = 2000


def ask_transfer(
    session: ChatSession, by: Agent, to: Agent | Team, *, summary: str = "", now: datetime
) -> ChatTransfer:
    """Ask `to` to take the chat over. The summary becomes a private note; asking again replaces an open question.

    Raises NotYourChat, ChatEnded, Invalid when who is asked cannot have the chat. Publishes ColleaguesAsked.
    """
    with transaction.atomic():
        locked = _running(session, by)
        _check_target(locked, by, to)
        for open_one in locked.transfers.filter(state=TransferState.ASKED):
            _close(open_one, TransferState.EXPIRED, now)
            _hint(open_one, locked)
        summary = summary.strip()[:SUMMARY_LIMIT]
        if summary:
            words = _("For %(name)s, who is asked to take this chat over: %(summary)s")
            post_note(by, locked.ticket_id, NewMessage(words % {"name": to.name, "summary": summary}), now=now)
            locked.ticket.refresh_from_db(fields=["last_seq"])  # the history line stands after the note
        transfer = ChatTransfer.objects.create(
            session=locked,
            from_agent=by,
            to_agent=to if isinstance(to, Agent) else None,
            to_team=to if isinstance(to, Team) else None,
            summary=summary,
            asked_at=now,
        )
        _tell(transfer, locked, by, "transfer_asked", now, name=to.name)
    return transfer


def accept_transfer(transfer_id: int, agent: Agent, *, now: datetime) -> ChatSession:
    """The chat, its ticket and its place become `agent`'s; the visitor is told.

    Raises TransferOver, AtCapacity. Publishes TicketChanged, ChatStateChanged, ColleaguesAsked.
    """
    with transaction.atomic():
        transfer, session = _asked(transfer_id, now)
        if not is_asked(transfer, agent):
            raise TransferOver()
        _close(transfer, TransferState.ACCEPTED, now)
        if transfer.to_team is not None and transfer.to_team_id != session.ticket.team_id:
            move_to_team(agent, session.ticket_id, transfer.to_team, now=now)
        assign_ticket(agent, session.ticket_id, agent, now=now)
        follow_assignee(session.ticket_id, now=now)
        session.ticket.refresh_from_db(fields=["last_seq"])
        by = transfer.from_agent.name if transfer.from_agent else ""
        _tell(transfer, session, agent, "transfer_accepted", now, name=by)
    return ChatSession.objects.select_related("ticket", "accepted_by").get(pk=session.pk)


def decline_transfer(transfer_id: int, agent: Agent, *, now: datetime) -> None:
    """A single colleague says no and the question is over; one of a team leaves it to the others.

    Whoever asked takes the question back with the same call. Raises TransferOver. Publishes ColleaguesAsked.
    """
    with transaction.atomic():
        transfer, session = _asked(transfer_id, now)
        if transfer.from_agent_id == agent.pk:
            _close(transfer, TransferState.EXPIRED, now)
            _tell(transfer, session, agent, "transfer_taken_back", now)
        elif transfer.to_agent_id == agent.pk:
            _close(transfer, TransferState.DECLINED, now)
            _tell(transfer, session, agent, "transfer_declined", now)
        else:
            raise TransferOver()


def expire_transfers(now: datetime) -> int:
    """Close the questions that nobody answered, and those about chats that are over; return how many."""
    late = Q(asked_at__lte=now - timedelta(seconds=TRANSFER_SECONDS)) | ~Q(session__state=State.ACTIVE)
    due = ChatTransfer.objects.filter(late, state=TransferState.ASKED).values_list("pk", "session")
    return sum(_expire(transfer_id, session_id, now) for transfer_id, session_id in due)


def is_asked(transfer: ChatTransfer, agent: Agent) -> bool:
    """Whether `agent` may accept: they are asked themselves, or their team is."""
    if transfer.to_team_id is not None:
        return transfer.from_agent_id != agent.pk and agent.teams.filter(pk=transfer.to_team_id).exists()
    return transfer.to_agent_id == agent.pk


def _expire(transfer_id: int, session_id: int, now: datetime) -> bool:
    with transaction.atomic():
        session = lock_session(session_id)
        transfer = ChatTransfer.objects.filter(pk=transfer_id, state=TransferState.ASKED).first()
        if transfer is None:
            return False
        _close(transfer, TransferState.EXPIRED, now)
        _tell(transfer, session, None, "transfer_expired", now)
    return True


def _running(session: ChatSession, by: Agent) -> ChatSession:
    """The locked chat, which must be `by`'s. Raises NotYourChat, ChatEnded."""
    locked = lock_session(session.pk)
    if locked.state == State.ENDED:
        raise ChatEnded(_("This chat has ended."))
    if locked.state != State.ACTIVE or locked.accepted_by_id != by.pk:
        raise NotYourChat()
    return locked


def _check_target(session: ChatSession, by: Agent, to: Agent | Team) -> None:
    brand_id = session.ticket.brand_id
    if isinstance(to, Team):
        if to.brand_id != brand_id or not to.is_active:
            raise Invalid(_("This team does not work for the chat's brand."))
        if not to.agents.filter(is_active=True).exclude(pk=by.pk).exists():
            raise Invalid(_("Nobody else is in %(name)s.") % {"name": to.name})
    elif to.pk == by.pk:
        raise Invalid(_("This chat is yours already. Choose a colleague."))
    else:
        check_colleague(to, brand_id)


def _asked(transfer_id: int, now: datetime) -> tuple[ChatTransfer, ChatSession]:
    """The open question under the ticket's lock. Raises TransferOver."""
    session_id = ChatTransfer.objects.filter(pk=transfer_id).values_list("session", flat=True).first()
    if session_id is None:
        raise TransferOver()
    session = lock_session(session_id)
    transfer = ChatTransfer.objects.select_related("from_agent", "to_agent", "to_team").get(pk=transfer_id)
    is_late = transfer.asked_at <= now - timedelta(seconds=TRANSFER_SECONDS)
    if transfer.state != TransferState.ASKED or session.state != State.ACTIVE or is_late:
        raise TransferOver()
    if transfer.from_agent_id != session.accepted_by_id:  # given to somebody else in the meantime
        raise TransferOver()
    return transfer, session


def _close(transfer: ChatTransfer, state: TransferState, now: datetime) -> None:
    transfer.state, transfer.decided_at = state, max(now, transfer.asked_at)
    transfer.save(update_fields=["state", "decided_at"])


def _tell(
    transfer: ChatTransfer, session: ChatSession, by: Agent | None, what: str, now: datetime, **more: Any
) -> None:
    record(session.ticket, EventKind.CHAT, by, at=now, what=what, **more)
    _hint(transfer, session)


def _hint(transfer: ChatTransfer, session: ChatSession) -> None:
    """What those who ask and are asked have before them has changed."""
    people = {transfer.from_agent_id, transfer.to_agent_id}
    if transfer.to_team is not None:
        people |= set(transfer.to_team.agents.filter(is_active=True).values_list("pk", flat=True))
    agent_ids = tuple(sorted(pk for pk in people if pk is not None))
    publish(ColleaguesAsked(ticket_id=session.ticket_id, brand_id=session.ticket.brand_id, agent_ids=agent_ids))
