"""The line of waiting chats: who is where in it, and how long it will take, as a range and never as a promise.

A line is the chats of one brand and team as the routing keeps them (`tickets.routing`): by priority, then by time in
line. The estimate follows the measured handle times h of the line's last chats (accepted to ended). With C chats that
the agents who are there can have at once and F of these places free, somebody at position p waits for max(0, p - F)
chats to end, of which one ends every h / C seconds: W(p) = max(0, p - F) * h / C. The range is W with the lower and the
upper quartile of h.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from agents.hours import calendar_of, is_open
from agents.models import Team
from agents.selectors import available_agents
from chat.locking import lock_lines
from chat.models import ChatSession, State
from tickets.models import IN_QUEUE, WHOLE_PLACE, FullRule, QueueEntry
from tickets.routing import QueueRules, rules_of

CHANNEL = "chat"
SAMPLES = 50
FEWEST_SAMPLES = 5
SAMPLED_WITHIN = timedelta(days=14)
LONGEST_MINUTES = 240
"""Beyond this a range says nothing any more."""
FULL_WORDS = {
    FullRule.MESSAGE: _("Many people are waiting just now. Leave your message here, and we answer as soon as we can."),
    FullRule.CALLBACK: _("Many people are waiting just now. Leave your number here, and we call you back."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One queue."""

    brand_id: int
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: position from 1, and the expected wait in minutes [from, to], or None when unknown."""

    position: int
    minutes: tuple[int, int] | None

    def as_json(self) -> dict[str, object]:
        return {"position": self.position, "minutes": list(self.minutes) if self.minutes else None}


@dataclass(frozen=True, slots=True)
class Full:
    """A line that takes nobody more. `rule` is message (leave one) or callback (leave a number), `text` says it."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a line moves: quartiles of the handle time in seconds, places in all, places free."""

    lower: float
    upper: float
    capacity: int
    free: int

    def minutes(self, position: int) -> tuple[int, int] | None:
        ahead = max(0, position - self.free)
        low, high = (ahead * seconds / self.capacity / 60 for seconds in (self.lower, self.upper))
        if low > LONGEST_MINUTES:
            return None
        return math.floor(low), min(LONGEST_MINUTES, max(1, math.ceil(high)))


def line_of(session: ChatSession) -> Line:
    return Line(session.ticket.brand_id, session.ticket.team_id)


def place_of(session: ChatSession, *, now: datetime) -> Place | None:
    """None unless the session waits."""
    if session.state != State.WAITING:
        return None
    line = line_of(session)
    ids = waiting_ids(line)
    position = ids.index(session.pk) + 1 if session.pk in ids else len(ids) + 1
    pace = pace_of(line, now=now)
    return Place(position, pace.minutes(position) if pace else None)


def places(line: Line, *, now: datetime) -> dict[int, Place]:
    """Everybody's place in the line, by session id, in order."""
    pace = pace_of(line, now=now)
    return {
        pk: Place(position, pace.minutes(position) if pace else None)
        for position, pk in enumerate(waiting_ids(line), start=1)
    }


def waiting_ids(line: Line) -> list[int]:
    """The line, first first."""
    entries = _queued(brand=line.brand_id, team=line.team_id)
    return list(
        entries.order_by("-priority", "entered_at", "pk").values_list("ticket__chat_session", flat=True),
    )


def lines_waiting(brand_id: int) -> list[Line]:
    """The brand's lines in which somebody waits."""
    teams = _queued(brand=brand_id).order_by("team").values_list("team", flat=True).distinct()
    return [Line(brand_id, team_id) for team_id in teams]


def fullness_of(line: Line, *, locked: bool = False) -> QueueRules | None:
    """The rules of a line that takes nobody more; None while there is room. `locked` keeps the lines of the
    brand locked until the transaction ends, where this one has a limit."""
    rules = rules_of(line.brand_id, line.team_id)
    if not rules.max_waiting:
        return None
    if locked:
        lock_lines(line.brand_id)
    return rules if _queued(brand=line.brand_id, team=line.team_id).count() >= rules.max_waiting else None


def turned_away(line: Line, *, now: datetime) -> Full | None:
    """What a visitor is offered instead of a place in a full line; None when there is room, or another team helps."""
    rules = fullness_of(line)
    return offered_instead(rules) if rules is not None and helping_team(line, rules, now=now) is None else None


def helping_team(line: Line, rules: QueueRules, *, now: datetime) -> Team | None:
    """Who takes what a full line does not: its overflow team, while it is open, somebody of it is there, and its own
    line has room."""
    if rules.full_rule != FullRule.OVERFLOW or rules.overflow_team_id in (None, line.team_id):
        return None
    found = Team.objects.select_related("brand").filter(pk=rules.overflow_team_id, brand=line.brand_id, is_active=True)
    team = found.first()
    if team is None or not is_open(calendar_of(team.brand, team), now):
        return None
    if not available_agents(team.brand_id, team.pk, now=now).exists() or fullness_of(Line(team.brand_id, team.pk)):
        return None
    return team


def offered_instead(rules: QueueRules) -> Full:
    """What the rules of a full line offer when nobody helps."""
    rule = FullRule.CALLBACK if rules.full_rule == FullRule.CALLBACK else FullRule.MESSAGE
    return Full(str(rule), rules.full_message or str(FULL_WORDS[rule]))


def _queued(**of: int | None) -> QuerySet[QueueEntry]:
    """Chats in line, also those that an agent is being asked to take."""
    return QueueEntry.objects.filter(**of, channel=CHANNEL, state__in=IN_QUEUE, ticket__chat_session__isnull=False)


def pace_of(line: Line, *, now: datetime) -> Pace | None:
    """None when nobody is there, or too few chats were handled lately to say anything."""
    there = available_agents(line.brand_id, line.team_id, now=now)
    desks = list(there.values_list("chat_capacity", "desk__load"))
    capacity = sum(places for places, _load in desks)
    seconds = _handle_seconds(line, now)
    if capacity == 0 or len(seconds) < FEWEST_SAMPLES:
        return None
    free = sum(max(0, places * WHOLE_PLACE - (load or 0)) // WHOLE_PLACE for places, load in desks)
    lower, _middle, upper = statistics.quantiles(seconds, n=4, method="inclusive")
    return Pace(lower, upper, capacity, free)


def _handle_seconds(line: Line, now: datetime) -> list[float]:
    ended = ChatSession.objects.filter(
        _in(line), state=State.ENDED, ended_at__gte=now - SAMPLED_WITHIN, accepted_at__isnull=False
    )
    times = ended.order_by("-ended_at").values_list("accepted_at", "ended_at")[:SAMPLES]
    return [(end - start).total_seconds() for start, end in times if start and end]


def _in(line: Line) -> Q:
    """Of the line; no team is a line of its own."""
    return Q(ticket__brand=line.brand_id, ticket__team=line.team_id)
