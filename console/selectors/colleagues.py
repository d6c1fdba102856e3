"""Who is asked to take a chat over or to help in one, and whom an agent can ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from agents.models import Agent, Availability, Team
from agents.permissions import visible_brands
from agents.selectors import available_agents, is_at_desk
from chat.actions.transfer import TRANSFER_SECONDS
from chat.models import ChatGuest, ChatSession, ChatTransfer, State, TransferState
from console.selectors.people import assignable_agents
from tickets.models import Desk, Ticket

ASKED_FOR = timedelta(seconds=TRANSFER_SECONDS)
SHOWN_FOR = timedelta(seconds=20)
"""How long whoever asked reads that nobody takes the chat."""


@dataclass(frozen=True, slots=True)
class AskedTransfer:
    """A chat that somebody is asked to take over. `left`: whole seconds until the card lapses."""

    transfer: ChatTransfer
    ticket: Ticket
    name: str
    left: int


@dataclass(frozen=True, slots=True)
class Invited:
    """A chat in which this agent helps."""

    guest: ChatGuest
    ticket: Ticket
    name: str


@dataclass(frozen=True, slots=True)
class Asks:
    """`transfers` ask this agent; `asked` are the agent's own, which they can take back; `refused` those that somebody
    has just declined or nobody answered."""

    transfers: list[AskedTransfer] = field(default_factory=list)
    asked: list[AskedTransfer] = field(default_factory=list)
    refused: list[AskedTransfer] = field(default_factory=list)
    invitations: list[Invited] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be asked; `places` is how many chats they could still have. Online with a closed console is not
    there: the question would run into the void."""

    agent: Agent
    is_there: bool
    is_at_desk: bool
    places: int


def asks_of(agent: Agent, *, now: datetime) -> Asks:
    """Of the brands that the agent may see."""
    brands = tuple(visible_brands(agent).values_list("pk", flat=True))
    mine = Agent.teams.through.objects.filter(agent=agent, team=OuterRef("to_team"))
    about = ("session__ticket__customer", "session__ticket__brand", "from_agent", "to_agent", "to_team")
    still_asked = Q(state=TransferState.ASKED, asked_at__gt=now - ASKED_FOR)
    just_refused = Q(state=TransferState.DECLINED) | Q(
        state=TransferState.EXPIRED, decided_at__gte=F("asked_at") + ASKED_FOR
    )
    transfers = ChatTransfer.objects.filter(
        (Q(to_agent=agent) | Q(from_agent=agent) | Exists(mine)) & still_asked
        | Q(from_agent=agent, decided_at__gt=now - SHOWN_FOR) & just_refused,
        session__state=State.ACTIVE,
        session__accepted_by=F("from_agent"),
        session__ticket__brand__in=brands,
    )
    guests = ChatGuest.objects.filter(
        agent=agent, left_at=None, session__ticket__brand__in=brands, session__state__in=(State.WAITING, State.ACTIVE)
    )
    found = list(transfers.select_related(*about).order_by("asked_at", "pk"))
    own = [transfer for transfer in found if transfer.from_agent_id == agent.pk]
    return Asks(
        transfers=[_asked(transfer, now) for transfer in found if transfer.from_agent_id != agent.pk],
        asked=[_asked(transfer, now) for transfer in own if transfer.decided_at is None],
        refused=[_asked(transfer, now) for transfer in own if transfer.decided_at is not None],
        invitations=[
            Invited(guest, guest.session.ticket, _name(guest.session))
            for guest in guests.select_related("session__ticket__customer", "invited_by")
        ],
    )


def colleagues_for(ticket: Ticket, agent: Agent, *, now: datetime) -> list[Colleague]:
    """Everybody else who may see the chat: who is there first, then who has more places free."""
    others = assignable_agents(ticket).exclude(pk=agent.pk)
    loads = dict(Desk.objects.filter(agent__in=others).values_list("agent", "load"))
    found = [
        Colleague(
            one,
            is_there=one.availability == Availability.ONLINE and is_at_desk(one, now=now),
            is_at_desk=is_at_desk(one, now=now),
            places=one.chat_capacity - -(-loads.get(one.pk, 0) // 100),
        )
        for one in others
    ]
    return sorted(found, key=lambda one: (not one.is_there, -one.places, one.agent.name))


def teams_for(ticket: Ticket, *, now: datetime) -> Sequence[Team]:
    """Teams of the chat's brand that have members; `somebody_there` tells whether one of them could take it now."""
    members = Agent.teams.through.objects.filter(team=OuterRef("pk"), agent__is_active=True)
    there = members.filter(agent__in=available_agents(ticket.brand_id, now=now))
    teams = Team.objects.filter(Exists(members), brand=ticket.brand_id, is_active=True)
    return list(teams.annotate(somebody_there=Exists(there)))


def _asked(transfer: ChatTransfer, now: datetime) -> AskedTransfer:
    ends = transfer.decided_at + SHOWN_FOR if transfer.decided_at else transfer.asked_at + ASKED_FOR
    return AskedTransfer(
        transfer=transfer,
        ticket=transfer.session.ticket,
        name=_name(transfer.session),
        left=max(0, round((ends - now).total_seconds())),
    )


def _name(session: ChatSession) -> str:
    customer = session.ticket.customer
    return session.visitor_name or customer.name or str(customer)
