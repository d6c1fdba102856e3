"""What the sockets do in the database: synchronous, set by set where many sockets ask (`chat.pipeline`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.utils import timezone

from chat import limits
from chat.actions import end_chat, mark_visitor_seen
from chat.actions.talking import Said, Words, mark_visitors_got, say_all
from chat.errors import WrongOrigin
from chat.frames import Frame, ack_frame, snapshot, state_frame
from chat.models import ChatSession, State, Widget
from chat.permissions import access_widget
from chat.protocol import Fields
from chat.queue import Place, line_of
from chat.queue import places as places_in
from chat.selectors import lost_chats
from chat.tokens import hash_token
from core.errors import AppError, NotFound
from core.live import gathered
from tickets.content import NewMessage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client says about itself, and where its page is."""

    key: str
    visitor_hash: str
    session: str
    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a socket, proved by `hello`."""

    session_id: int
    ticket_id: int
    brand_id: int
    visitor_hash: str
    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class CaughtUp:
    frame: Frame
    seq: int
    """The client holds the messages up to here; larger when `frame["more"]`."""


def hello_of(fields: Fields, origin: str, host: str) -> Hello:
    """Raises WrongOrigin (browsers always send one), BadToken, BadFrame."""
    if not origin:
        raise WrongOrigin()
    return Hello(
        key=fields.text("key", required=True),
        visitor_hash=hash_token(fields.text("token", required=True)),
        session=fields.text("session", required=True),
        origin=origin,
        host=host,
    )


def recognise(hellos: Sequence[Hello]) -> list[Peer | Exception]:
    """The peers; WrongOrigin or NotFound for those who are none. Three queries for the customers of one page, one more
    where a site vouches for somebody."""
    doors = {(hello.key, hello.origin, hello.host) for hello in hellos}
    widgets = {door: _answer(partial(_widget, *door)) for door in doors}
    # Every id that we made is plain; what is not cannot be asked for (PostgreSQL refuses NUL) and is not found.
    named = [hello.session for hello in hellos if hello.session.isascii() and hello.session.isalnum()]
    rows = ChatSession.objects.filter(public_id__in=named).values_list(
        "public_id", "pk", "ticket_id", "ticket__brand_id", "widget_id", "visitor_hash"
    )
    sessions = {row[0]: row[1:] for row in rows}
    lost = lost_chats({row[0] for row in sessions.values()})
    answers: list[Peer | Exception] = []
    for hello in hellos:
        widget = widgets[hello.key, hello.origin, hello.host]
        if isinstance(widget, Exception):
            answers.append(widget)
            continue
        pk, ticket_id, brand_id, *proof = sessions.get(hello.session, (0, 0, 0))
        known = proof == [widget.pk, hello.visitor_hash] and pk not in lost
        peer = Peer(pk, ticket_id, brand_id, hello.visitor_hash, hello.origin, hello.host)
        answers.append(peer if known else NotFound())
    return answers


def catch_up(jobs: Sequence[tuple[Peer, int]]) -> list[CaughtUp | Exception]:
    """For each peer what follows the number they hold, and where their chat stands. NotFound when it is no more, or
    its widget was switched off. One query for all who miss nothing."""
    sessions = _sessions({peer.session_id for peer, _after in jobs})
    now = timezone.now()
    places: dict[int, Place] = {}
    for line in {line_of(session) for session in sessions.values() if session.state == State.WAITING}:
        places |= places_in(line, now=now)
    return [_answer(partial(_caught_up, sessions, places, peer, after)) for peer, after in jobs]


def say_words(jobs: Sequence[tuple[Peer, NewMessage]]) -> list[Frame | Exception]:
    """Post and commit, then the acks, or for each what was wrong: SlowDown, TooLarge, Invalid, ChatEnded, NotFound."""
    lost = lost_chats({peer.session_id for peer, _message in jobs})
    limited = limits.take_each(limits.MESSAGES, [peer.visitor_hash for peer, _message in jobs])
    refused = [
        NotFound() if peer.session_id in lost else limit for (peer, _message), limit in zip(jobs, limited, strict=True)
    ]
    taken = [job for job, refusal in zip(jobs, refused, strict=True) if not refusal]
    with gathered():
        said = iter(say_all([Words(peer.session_id, peer.ticket_id, message) for peer, message in taken]))
    return [refusal or _ack(next(said)) for refusal in refused]


def note_got(jobs: Sequence[tuple[Peer, int]]) -> list[None]:
    """These clients hold the messages up to these numbers."""
    seqs: dict[int, int] = {}
    for peer, seq in jobs:
        seqs[peer.ticket_id] = max(seq, seqs.get(peer.ticket_id, 0))
    with gathered():
        mark_visitors_got(seqs)
    return [None] * len(jobs)


def note_seen(peer: Peer, seq: int) -> None:
    mark_visitor_seen(_session(peer), seq)


def end(peer: Peer) -> None:
    end_chat(_session(peer), None)


def _widget(key: str, origin: str, host: str) -> Widget:
    return access_widget(key, origin=origin, host=host)


def _caught_up(sessions: dict[int, ChatSession], places: dict[int, Place], peer: Peer, after: int) -> CaughtUp:
    session = sessions.get(peer.session_id)
    if session is None:
        raise NotFound()
    last = session.ticket.last_seq
    if last <= after:
        return CaughtUp(state_frame(session, places=places) | {"messages": [], "more": False}, after)
    frame = snapshot(session, after, places=places)
    return CaughtUp(frame, frame["messages"][-1]["seq"] if frame["more"] else last)


def _ack(said: Said | Exception) -> Frame | Exception:
    return said if isinstance(said, Exception) else ack_frame(said.message, said.prev)


def _session(peer: Peer) -> ChatSession:
    """Raises NotFound."""
    session = _sessions({peer.session_id}).get(peer.session_id)
    if session is None:
        raise NotFound()
    return session


def _sessions(ids: set[int]) -> dict[int, ChatSession]:
    """Read anew each time, so that a widget that was switched off falls silent at once, and so does a browser whose
    customer logged out."""
    active = ChatSession.objects.select_related("ticket", "accepted_by", "widget").filter(widget__is_active=True)
    return active.in_bulk(ids - lost_chats(ids))


def _answer(question: Callable[[], T]) -> T | Exception:
    """One peer's error is not another's."""
    try:
        return question()
    except AppError as error:
        return error
