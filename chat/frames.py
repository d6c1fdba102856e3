"""What the visitor may see of the rows, as JSON. The socket and the HTTP fallback send the same things.

Nothing here carries a database id, an email address, another customer or a private note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from agents.models import Agent
from agents.pictures import picture_url
from chat.models import ChatSession, State
from chat.queue import Place, place_of
from core.text import excerpt
from knowledge.models import Answer
from tickets.models import Attachment, AuthorKind, Message, Rating, Visibility

CHANNEL = "chat"
PAGE = 200
"""Messages in one answer; the client asks again while `more` is true."""

Frame = dict[str, Any]


def public_messages(session: ChatSession) -> QuerySet[Message]:
    """What the widget shows: public, and said in this chat. An answer that came by email proves another identity
    than the widget's and stays with the agents."""
    return Message.objects.filter(
        ticket_id=session.ticket_id, visibility=Visibility.PUBLIC, channel=CHANNEL
    ).select_related("agent")


def message_frame(
    message: Message, prev: int | None = None, *, attachments: Iterable[Attachment] | None = None
) -> Frame:
    """One message. `prev` is the number of the public message before it (0: none); what is not given is looked up."""
    return {
        "type": "message",
        "seq": message.seq,
        "prev": previous_seq(message) if prev is None else prev,
        "id": message.client_id if message.author_kind == AuthorKind.CUSTOMER else None,
        "author": _author(message),
        "text": message.text,
        "at": message.created_at.isoformat(),
        "attachments": [
            _attachment(attachment)
            for attachment in (message.attachments.all() if attachments is None else attachments)
        ],
    }


def ack_frame(message: Message, prev: int | None = None) -> Frame:
    """The message is committed. Carries `prev` as well, so that an ack also shows a gap; looked up when not given."""
    return {
        "type": "ack",
        "id": message.client_id,
        "seq": message.seq,
        "prev": previous_seq(message) if prev is None else prev,
        "at": message.created_at.isoformat(),
    }


def previous_seq(message: Message) -> int:
    before = Message.objects.filter(
        ticket_id=message.ticket_id, seq__lt=message.seq, visibility=Visibility.PUBLIC, channel=CHANNEL
    ).aggregate(last=Max("seq"))["last"]
    return before or 0


def messages_after(session: ChatSession, seq: int) -> tuple[list[Frame], bool]:
    """The messages that follow `seq`, oldest first, at most PAGE, and whether there are more."""
    rows = list(
        public_messages(session).filter(seq__gt=seq).order_by("seq").prefetch_related("attachments")[: PAGE + 1]
    )
    frames: list[Frame] = []
    prev = previous_seq(rows[0]) if rows else 0
    for row in rows[:PAGE]:
        frames.append(message_frame(row, prev))
        prev = row.seq
    return frames, len(rows) > PAGE


def snapshot(session: ChatSession, after: int, *, places: Mapping[int, Place] | None = None) -> Frame:
    """All that a client needs to be up to date, given that it holds the messages up to `after`."""
    messages, more = messages_after(session, after)
    return state_frame(session, places=places) | {"messages": messages, "more": more}


def state_frame(session: ChatSession, *, places: Mapping[int, Place] | None = None) -> Frame:
    """Where the chat stands: state, agent, how far each side has read, and the place in line while it waits.

    `places` are known ones by session id; looked up when not given.
    """
    place = place_of(session, now=timezone.now()) if places is None else places.get(session.pk)
    rating = Rating.objects.filter(ticket_id=session.ticket_id).first() if session.state == State.ENDED else None
    return {
        "type": "state",
        "session": session.public_id,
        "state": session.state,
        "agent": _agent(session.accepted_by) if session.state != State.WAITING else None,
        "team": session.ticket.team.name if session.ticket.team else "",
        "ended_by": session.ended_by,
        "agent_seen": session.agent_seen_seq,
        "agent_got": max(session.agent_got_seq, session.agent_seen_seq),
        "visitor_seen": session.visitor_seen_seq,
        "name": session.visitor_name,
        "email_given": bool(session.visitor_email),
        "proof": session.proof,
        "queue": place.as_json() if place else None,
        "by_email": session.reply_by_email,
        "rating": {"score": rating.score} if rating else None,
        "transcript_sent": session.transcripts > 0,
    }


def answer_frame(answer: Answer, *, whole: bool) -> Frame:
    """A ready answer: its beginning in lists, all of it when it is read."""
    shown = {"text": answer.text} if whole else {"excerpt": excerpt(answer.text, 120)}
    return {"id": answer.public_id, "question": answer.question} | shown


def chat_frame(session: ChatSession) -> Frame:
    """One earlier chat in the visitor's list."""
    return {
        "session": session.public_id,
        "started_at": session.started_at.isoformat(),
        "ended_at": session.ended_at.isoformat() if session.ended_at else None,
        "agent": session.accepted_by.name if session.accepted_by else "",
        "excerpt": session.ticket.subject,
        "state": session.state,
    }


def _agent(agent: Agent | None) -> Frame | None:
    return {"name": agent.name, "picture": picture_url(agent)} if agent else None


def _author(message: Message) -> Frame:
    if message.author_kind == AuthorKind.CUSTOMER:
        return {"kind": "visitor", "name": ""}
    return {"kind": "agent" if message.agent else "system", "name": message.agent.name if message.agent else ""}


def _attachment(attachment: Attachment) -> Frame:
    return {
        "id": attachment.public_id,
        "name": attachment.name,
        "type": attachment.content_type,
        "size": attachment.size,
    }
