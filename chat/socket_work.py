"""What the socket does in the database: synchronous, one function per frame, run in `chat.threads`."""

from __future__ import annotations

from dataclasses import dataclass

from chat import limits
from chat.actions import end_chat, mark_visitor_seen, say, visitor_typing
from chat.errors import WrongOrigin
from chat.frames import Frame, ack_frame, snapshot
from chat.models import ChatSession
from chat.permissions import access_session, access_widget
from chat.protocol import Fields, client_id
from chat.tokens import hash_token
from core.errors import NotFound
from tickets.content import NewMessage


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a socket, proved once by `hello`."""

    session_id: int
    visitor_hash: str


def recognise(fields: Fields, origin: str, host: str) -> Peer:
    """The peer that `hello` names. Raises WrongOrigin (browsers always send one), BadToken, NotFound, BadFrame."""
    if not origin:
        raise WrongOrigin()
    widget = access_widget(fields.text("key", required=True), origin=origin, host=host)
    visitor_hash = hash_token(fields.text("token", required=True))
    session = access_session(widget, visitor_hash, fields.text("session", required=True))
    return Peer(session_id=session.pk, visitor_hash=visitor_hash)


def catch_up(peer: Peer, after: int) -> Frame:
    return snapshot(_session(peer), after)


def say_words(peer: Peer, fields: Fields) -> Frame:
    """Post and commit, then the ack. Raises SlowDown, TooLarge, Invalid, ChatEnded, BadFrame."""
    message = NewMessage(fields.text("text"), client_id=client_id(fields))
    limits.take(limits.MESSAGES, peer.visitor_hash)
    session = _session(peer)
    return ack_frame(say(session.pk, message))


def tell_typing(peer: Peer, on: bool) -> None:
    visitor_typing(_session(peer), on)


def note_seen(peer: Peer, seq: int) -> None:
    mark_visitor_seen(_session(peer), seq)


def end(peer: Peer) -> None:
    end_chat(_session(peer), None)


def _session(peer: Peer) -> ChatSession:
    """Read anew for each frame, so that a widget that was switched off falls silent at once. Raises NotFound."""
    session = (
        ChatSession.objects.select_related("ticket", "accepted_by", "widget")
        .filter(pk=peer.session_id, widget__is_active=True)
        .first()
    )
    if session is None:
        raise NotFound()
    return session
