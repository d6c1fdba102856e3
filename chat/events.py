"""What the chat tells the console, after commit where a row changed. Ids only."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatStarted(Event):
    session_id: int
    ticket_id: int
    brand_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatStateChanged(Event):
    """Accepted, ended or taken up again; `state` is the new one. `TicketChanged(fields=("chat",))` comes with it."""

    session_id: int
    ticket_id: int
    brand_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorTyped(Event):
    """The visitor began (`on`) or stopped typing. Nothing is stored; treat it as over after ten seconds."""

    session_id: int
    ticket_id: int
    brand_id: int
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorSaw(Event):
    """The visitor has the messages up to `seq` before their eyes."""

    session_id: int
    ticket_id: int
    brand_id: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleaguesAsked(Event):
    """A transfer or an invitation was asked for or decided: what these agents are asked has changed."""

    ticket_id: int
    brand_id: int
    agent_ids: tuple[int, ...]
