"""The console's views: which tickets each holds, and how many, in one query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Team
from chat.models import State
from core.errors import NotFound
from tickets.models import ACTIVE_STATUSES, SlaOutcome, SlaTimer, Status, Ticket

AT_RISK = timedelta(minutes=30)
ACTIVE = Q(status__in=ACTIVE_STATUSES)
AWAKE = Q(snoozed_until__isnull=True)


@dataclass(frozen=True, slots=True)
class TicketView:
    """One list of tickets. `counted` views have a live count; the others grow for ever and have none."""

    key: str
    label: str | Promise
    icon: str
    condition: Callable[[Agent], Q]
    empty: str | Promise
    counted: bool = True
    hot: bool = False


STANDARD_VIEWS = (
    TicketView(
        "mine",
        _("My open"),
        "user-round",
        lambda agent: ACTIVE & AWAKE & Q(assignee=agent),
        _("Nothing is waiting for you. Take the next conversation from Unassigned."),
    ),
    TicketView(
        "chats",
        _("Waiting chats"),
        "message-circle",
        lambda agent: ACTIVE & Q(chat_session__state=State.WAITING),
        _("No visitor is waiting. New chats appear here by themselves."),
        hot=True,
    ),
    TicketView(
        "unassigned",
        _("Unassigned"),
        "inbox",
        lambda agent: ACTIVE & AWAKE & Q(assignee__isnull=True),
        _("Every conversation has somebody. New ones appear here by themselves."),
    ),
    TicketView(
        "open",
        _("All open"),
        "layers",
        lambda agent: ACTIVE & AWAKE,
        _("Nothing is open. New conversations appear here by themselves."),
    ),
    TicketView(
        "risk",
        _("SLA at risk"),
        "timer",
        lambda agent: ACTIVE & Q(at_risk=True),
        _("No deadline passes within the next 30 minutes."),
        hot=True,
    ),
    TicketView(
        "snoozed",
        _("Snoozed"),
        "alarm-clock",
        lambda agent: ACTIVE & Q(snoozed_until__isnull=False),
        _("Nothing is snoozed. Snooze a conversation to have it come back when you need it."),
    ),
    TicketView(
        "solved",
        _("Solved"),
        "circle-check",
        lambda agent: Q(status__in=(Status.SOLVED, Status.CLOSED)),
        _("Nothing has been solved yet."),
        counted=False,
    ),
    TicketView(
        "all",
        _("All"),
        "archive",
        lambda agent: Q(),
        _("No conversation has arrived yet. Send a mail to your mailbox or open the chat widget."),
        counted=False,
    ),
)


def team_view(team: Team) -> TicketView:
    return TicketView(
        f"team-{team.pk}",
        team.name,
        "users-round",
        lambda agent: ACTIVE & AWAKE & Q(team_id=team.pk),
        _("This team has nothing open."),
    )


def views_for(agent: Agent) -> list[TicketView]:
    """The standard views, then one per team: agents see their own teams, supervisors those of their brands."""
    return [*STANDARD_VIEWS, *(team_view(team) for team in teams_of(agent))]


def teams_of(agent: Agent) -> QuerySet[Team]:
    teams = Team.objects.filter(is_active=True)
    if agent.is_admin:
        return teams
    if agent.is_supervisor:
        return teams.filter(brand__agents=agent)
    return teams.filter(agents=agent, brand__agents=agent)


def has_view(views: list[TicketView], key: str) -> bool:
    return any(view.key == key for view in views)


def find_view(views: list[TicketView], key: str) -> TicketView:
    """Raises NotFound for a view that this agent does not have."""
    for view in views:
        if view.key == key:
            return view
    raise NotFound()


def with_risk(tickets: QuerySet[Ticket], now: datetime) -> QuerySet[Ticket]:
    """Annotate `at_risk`: still unanswered, and the first response is late or due within AT_RISK."""
    timers = SlaTimer.objects.filter(ticket=OuterRef("pk")).filter(
        Q(outcome=SlaOutcome.BREACHED) | Q(outcome=SlaOutcome.RUNNING, due_at__lte=now + AT_RISK)
    )
    return tickets.annotate(at_risk=Q(first_response_at__isnull=True) & Exists(timers))


@dataclass(frozen=True, slots=True)
class OwnChat:
    """A running chat of the agent. `waits`: the customer had the last word."""

    pk: int
    seq: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What the rail says: how many tickets each counted view holds, and the agent's running chats."""

    counts: dict[str, int]
    own_chats: list[OwnChat]

    @property
    def unanswered(self) -> int:
        return sum(chat.waits for chat in self.own_chats)


def figures(tickets: QuerySet[Ticket], views: list[TicketView], agent: Agent, now: datetime) -> Figures:
    """One query over the active tickets (a partial index)."""
    counted = [view for view in views if view.counted]
    active = with_risk(tickets.filter(ACTIVE), now).order_by()
    found = active.aggregate(
        own=JSONBAgg(_OWN_CHAT, filter=own_chat(agent), order_by="chat_session__accepted_at", default=Value("[]")),
        **{view.key.replace("-", "_"): Count("pk", filter=view.condition(agent)) for view in counted},
    )
    return Figures(
        counts={view.key: found[view.key.replace("-", "_")] for view in counted},
        own_chats=[OwnChat(**each) for each in found["own"]],
    )


def own_chat(agent: Agent) -> Q:
    return Q(chat_session__state=State.ACTIVE, chat_session__accepted_by=agent)


_WAITS = Case(When(waiting_since__isnull=False, then=True), default=False, output_field=BooleanField())
_OWN_CHAT = JSONObject(pk="pk", seq="last_seq", waits=_WAITS)
