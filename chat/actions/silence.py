"""When the visitor says no more: asked once whether they are still there, then the chat is ended.

Silent is an active chat in which ours was the last word (`Ticket.waiting_since` is null). Anything said after the
question (`last_activity_at` later than `nudged_at`) makes it void, so nothing has to be reset when somebody speaks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from chat.actions.notices import say_notice
from chat.actions.transitions import to_ended
from chat.models import ChatSession, EndedBy, State
from tickets.models import AuthorKind, Message, Ticket, Visibility

STILL_THERE = _("Are you still there?")
ENDED_IN_SILENCE = _("This chat was ended because nothing was said for a while. Write again if you still need us.")
MOST_AT_ONCE = 200
"""Chats of one sweep; the next one takes the rest."""


def sweep_silent(now: datetime, *, limit: int = MOST_AT_ONCE) -> int:
    """Ask or end whatever is due; return how many chats. Each in a transaction of its own, safe beside other sweeps."""
    asked = sum(_ask(pk, now) for pk in _due_to_be_asked(now).values_list("pk", flat=True)[:limit])
    return asked + sum(_end(pk, now) for pk in _due_to_end(now).values_list("pk", flat=True)[:limit])


def _silent() -> QuerySet[ChatSession]:
    return ChatSession.objects.filter(state=State.ACTIVE, ticket__waiting_since__isnull=True).order_by("pk")


def _due_to_be_asked(now: datetime) -> QuerySet[ChatSession]:
    """Not who left, reads their answers by email and has not seen the last here: there is nobody to ask."""
    return _silent().filter(
        Q(nudged_at__isnull=True) | Q(ticket__last_activity_at__gt=F("nudged_at")),
        Q(reply_by_email=False) | ~_unseen(),
        widget__nudge_after__gt=0,
        ticket__last_activity_at__lte=_before(now, "widget__nudge_after"),
    )


def _unseen() -> Exists:
    """Something was said that has not been before the visitor's eyes."""
    said = Message.objects.filter(ticket=OuterRef("ticket"), visibility=Visibility.PUBLIC)
    return Exists(said.filter(seq__gt=OuterRef("visitor_seen_seq")).exclude(author_kind=AuthorKind.CUSTOMER))


def _due_to_end(now: datetime) -> QuerySet[ChatSession]:
    asked_in_vain = Q(nudged_at__lte=_before(now, "widget__close_after"), ticket__last_activity_at__lte=F("nudged_at"))
    away = Q(
        _unseen(),
        reply_by_email=True,
        widget__nudge_after__gt=0,
        ticket__last_activity_at__lte=_before(now, "widget__nudge_after", "widget__close_after"),
    )
    return _silent().filter(asked_in_vain | away, widget__close_after__gt=0)


def _before(now: datetime, *seconds: str) -> Combinable:
    """The moment that many seconds (columns) before `now`."""
    span = sum((F(name) for name in seconds[1:]), F(seconds[0])) * Value(timedelta(seconds=1))
    return ExpressionWrapper(
        Value(now, output_field=DateTimeField()) - ExpressionWrapper(span, output_field=DurationField()),
        output_field=DateTimeField(),
    )


def _ask(session_id: int, now: datetime) -> bool:
    with transaction.atomic():
        session = _held(_due_to_be_asked(now), session_id)
        if session is None:
            return False
        say_notice(session, STILL_THERE, now=now)
        session.nudged_at = now
        session.save(update_fields=["nudged_at"])
    return True


def _end(session_id: int, now: datetime) -> bool:
    with transaction.atomic():
        session = _held(_due_to_end(now), session_id)
        if session is None:
            return False
        say_notice(session, ENDED_IN_SILENCE, now=now)
        session.ticket.refresh_from_db(fields=["last_seq"])  # the notice's number, for the history line after it
        to_ended(session, None, EndedBy.SYSTEM, now)
    return True


def _held(due: QuerySet[ChatSession], session_id: int) -> ChatSession | None:
    """The session with its ticket locked, if it is still due; None when somebody is busy with it: the next sweep."""
    ticket = (
        Ticket.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
        .select_related("customer")
        .filter(chat_session=session_id)
        .first()
    )
    session = due.select_related("widget", "accepted_by").filter(pk=session_id).first() if ticket else None
    if session is not None and ticket is not None:
        session.ticket = ticket
    return session
