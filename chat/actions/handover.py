"""A running chat goes to another agent, or back into a line."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Team
from chat.actions.notices import say_notice
from chat.actions.transitions import back_to_waiting
from chat.events import ChatStateChanged
from chat.locking import lock_session
from chat.models import ChatSession, State
from core.events import publish
from tickets.actions import assign_ticket, move_to_team
from tickets.history import Actor

NOW_WITH = _("You are now talking with %(name)s.")
BACK_IN_LINE = _("You are back in line, and somebody will be with you as soon as possible.")


def follow_assignee(ticket_id: int, *, now: datetime | None = None) -> bool:
    """The running chat of a ticket that was given to somebody else becomes theirs, and the visitor is told.

    The place on the desks has moved with the ticket (`tickets.actions.assign_ticket`). False when there is nothing to
    follow. Publishes ChatStateChanged and MessagePosted.
    """
    session_id = _running(ticket_id)
    if session_id is None:
        return False
    with transaction.atomic():
        session = lock_session(session_id)
        assignee = session.ticket.assignee
        if session.state != State.ACTIVE or assignee is None or assignee.pk == session.accepted_by_id:
            return False
        session.accepted_by = assignee
        session.save(update_fields=["accepted_by"])
        say_notice(session, NOW_WITH, {"name": assignee.name}, now=now or timezone.now())
        ticket = session.ticket
        publish(
            ChatStateChanged(session_id=session.pk, ticket_id=ticket.pk, brand_id=ticket.brand_id, state=session.state)
        )
    return True


def return_to_line(
    ticket_id: int,
    by: Actor,
    *,
    now: datetime | None = None,
    team: Team | None = None,
    notice: str | Promise = BACK_IN_LINE,
) -> bool:
    """A running chat leaves its agent and waits again, before who came later; in `team`'s line if one is given.

    The visitor is told with `notice`, the ticket is nobody's until somebody accepts. False when the chat does not run.
    Raises Invalid for a team of another brand. Publishes ChatStateChanged, TicketChanged, MessagePosted.
    """
    now = now or timezone.now()
    session_id = _running(ticket_id)
    if session_id is None:
        return False
    with transaction.atomic():
        session = lock_session(session_id)
        if session.state != State.ACTIVE:
            return False
        actor = by if isinstance(by, Agent) else None
        if team is not None:
            move_to_team(actor, ticket_id, team, now=now)
        assign_ticket(actor, ticket_id, None, now=now)
        say_notice(session, notice, now=now)
        session.ticket.refresh_from_db(fields=["last_seq"])  # the notice's number, for the history line after it
        back_to_waiting(session, by, now=now, team=team)
    return True


def _running(ticket_id: int) -> int | None:
    """The session of the ticket's running chat; to be looked at again under its lock."""
    return ChatSession.objects.filter(ticket=ticket_id, state=State.ACTIVE).values_list("pk", flat=True).first()
