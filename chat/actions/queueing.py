"""A chat's place in the routing: what it asks of an agent, and what happens when its line is full.

Every function expects the ticket's row lock and a surrounding transaction, except `find_line`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from agents.models import Agent, Brand, Team
from agents.models.skills import HIGHEST_LEVEL
from agents.selectors import language_skill
from chat.errors import QueueFull
from chat.models import ChatSession
from chat.queue import Line, fullness_of, helping_team, offered_instead
from tickets import routing
from tickets.routing import Need

LAST_AGENT_WITHIN = timedelta(days=30)


def find_line(brand: Brand, team: Team | None, *, now: datetime) -> Team | None:
    """The team in whose line a new chat stands: the one that was asked for, else the team that helps when it is full.

    A line with a limit stays locked, so that two who start at once do not both take the last place: call it before
    anything else is locked but the visitor. Raises QueueFull.
    """
    line = Line(brand.pk, team.pk if team else None)
    rules = fullness_of(line, locked=True)
    if rules is None:
        return team
    helping = helping_team(line, rules, now=now)
    if helping is None:
        full = offered_instead(rules)
        raise QueueFull(full.text, rule=full.rule)
    return helping


def stand_in_line(session: ChatSession, *, now: datetime) -> None:
    """Enter the routing. Who speaks the visitor's language is preferred, and before all their last agent here."""
    language = language_skill(session.language)
    routing.enter(
        session.ticket,
        now=now,
        preferred=[Need(language.pk, HIGHEST_LEVEL)] if language else [],
        preferred_agent=last_agent(session, now=now),
    )


def last_agent(session: ChatSession, *, now: datetime) -> Agent | None:
    """Who last talked with this customer in a chat of this brand, lately."""
    ticket = session.ticket
    talks = ChatSession.objects.filter(
        ticket__customer=ticket.customer_id,
        ticket__brand=ticket.brand_id,
        accepted_by__is_active=True,
        accepted_at__gte=now - LAST_AGENT_WITHIN,
    )
    last = talks.select_related("accepted_by").order_by("-accepted_at").first()
    return last.accepted_by if last else None
