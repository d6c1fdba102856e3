"""`python -m bench.routing.decisions AGENTS WAITING FREED`: prints one JSON line per measurement."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcentre.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from agents.models import Agent, AgentSkill, Availability, Brand, Skill, Team  # noqa: E402
from core.events import subscribe  # noqa: E402
from crm.models import Customer  # noqa: E402
from tickets.models import EntryState, Mode, Offer, QueueEntry, TeamRouting, Ticket  # noqa: E402
from tickets.routing import drain, end, take  # noqa: E402
from tickets.routing.draining import MOST_AT_ONCE  # noqa: E402
from tickets.routing.events import OfferMade  # noqa: E402

TEAMS, ALONE, BARE = 5, 300, 500


def main(agents: int, waiting: int, freed: int) -> None:
    now = timezone.now()
    brand = _seed(agents, waiting)
    alone: list[float] = []
    for _decision in range(min(ALONE, waiting // 5)):
        _timed(partial(drain, brand.pk, now=now, limit=1), alone)
    _print("one decision, everything read anew", alone)
    _print("a queue that is drained", _drained(brand, now))
    nobody: list[float] = []
    _timed(partial(drain, brand.pk, now=now), nobody)
    _print("nobody left who is free", nobody)
    _print("a contact ends, the agent is asked again", _free_one_after_another(brand, freed))
    _print("bare limit: the three rows alone", _bare(brand))


def _drained(brand: Brand, now: datetime) -> list[float]:
    """From each offer's commit to the next one's, with what is read anew on the way."""
    moments = [time.perf_counter()]
    subscribe(OfferMade)(lambda _event: moments.append(time.perf_counter()))
    while drain(brand.pk, now=now, limit=MOST_AT_ONCE):
        pass
    return [later - earlier for earlier, later in pairwise(moments)]


def _seed(agents: int, waiting: int) -> Brand:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("flush", verbosity=0, interactive=False)
    now = timezone.now()
    brand = Brand.objects.create(name="Bench", slug="bench", first_response_seconds=0)
    teams = [Team.objects.create(brand=brand, name=f"Team {n}") for n in range(TEAMS)]
    for team in teams:
        TeamRouting.objects.create(brand=brand, team=team, mode=Mode.OFFER)
    german = Skill.objects.create(name="German", kind="language", language="de")
    staff = Agent.objects.bulk_create(
        Agent(
            email=f"{n}@bench.example",
            name=f"Agent {n}",
            availability=Availability.ONLINE,
            last_seen_at=now,
            password="!",
        )
        for n in range(agents)
    )
    Agent.brands.through.objects.bulk_create(Agent.brands.through(agent=one, brand=brand) for one in staff)
    Agent.teams.through.objects.bulk_create(
        Agent.teams.through(agent=one, team=teams[n % TEAMS]) for n, one in enumerate(staff)
    )
    AgentSkill.objects.bulk_create(AgentSkill(agent=one, skill=german, level=3) for one in staff[::3])
    customer = Customer.objects.create(name="Mia")
    tickets = Ticket.objects.bulk_create(
        Ticket(brand=brand, customer=customer, channel="chat", team=teams[n % TEAMS], last_activity_at=now)
        for n in range(waiting)
    )
    QueueEntry.objects.bulk_create(
        QueueEntry(
            ticket=ticket,
            channel="chat",
            brand=brand,
            team=ticket.team,
            priority=1 + n % 4,
            required=[{"skill": german.pk, "level": 2}] if n % 7 == 0 else [],
            entered_at=now - timedelta(seconds=waiting - n),
        )
        for n, ticket in enumerate(tickets)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return brand


def _free_one_after_another(brand: Brand, freed: int) -> list[float]:
    """An agent is done with a contact: until the next one is offered to them, with all that the event sets off."""
    durations: list[float] = []
    now = timezone.now()
    Agent.objects.update(last_seen_at=now)
    offered = QueueEntry.objects.filter(state=EntryState.OFFERED).select_related("agent")
    for entry in list(offered.order_by("pk")[:freed]):
        if entry.agent is None:
            continue
        take(entry.agent, entry.ticket_id, now=now)
        before = Offer.objects.count()
        _timed(partial(_end, entry.ticket_id, now), durations)
        if Offer.objects.count() != before + 1:
            raise RuntimeError("nobody was asked: this would time nothing")
    return durations


def _end(ticket_id: int, now: datetime) -> int:
    end(ticket_id, now=now)
    return 1


def _bare(brand: Brand) -> list[float]:
    durations: list[float] = []
    rows = list(QueueEntry.objects.filter(brand=brand).values_list("pk", flat=True)[:BARE])
    agents = list(Agent.objects.values_list("pk", flat=True))
    for n, entry in enumerate(rows):
        _timed(partial(_three_rows, entry, agents[n % len(agents)]), durations)
    return durations


def _three_rows(entry: int, agent: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_queueentry SET held_at = now() WHERE id = %s", [entry])
        cursor.execute("UPDATE tickets_desk SET last_given_at = now() WHERE agent_id = %s", [agent])
        cursor.execute(
            "INSERT INTO tickets_offer (entry_id, agent_id, state, offered_at, expires_at, decided_at, reason, why)"
            " VALUES (%s, %s, 'withdrawn', now(), now(), now(), '', '{}')",
            [entry, agent],
        )
    return 1


def _timed(work: Callable[[], int], durations: list[float]) -> int:
    began = time.perf_counter()
    made = work()
    durations.append(time.perf_counter() - began)
    return made


def _print(name: str, durations: list[float]) -> None:
    ms = sorted(1000 * one for one in durations)
    at = statistics.quantiles(ms, n=100, method="inclusive") if len(ms) > 1 else ms * 99
    figures = {"count": len(ms), "rate": 1000 * len(ms) / sum(ms), "percentiles_ms": [at[49], at[94], at[98]]}
    print(json.dumps({"name": name} | figures), flush=True)


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
