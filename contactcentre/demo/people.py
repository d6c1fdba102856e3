"""Who works here."""

from __future__ import annotations

from dataclasses import dataclass

from agents.actions import set_availability
from agents.models import Agent, Availability, Brand, Role, Team

PASSWORD = "demo-password"


@dataclass(frozen=True, slots=True)
class Cast:
    """What the stories need to be told."""

    outdoor: Brand
    garden: Brand
    support: Team
    returns: Team
    agents: dict[str, Agent]


def make_cast() -> Cast:
    outdoor = Brand.objects.create(name="Acme Outdoor", slug="acme-outdoor", accent="#2f6f4f")
    garden = Brand.objects.create(name="Acme Garden", slug="acme-garden", accent="#8a5a2b")
    support = Team.objects.create(brand=outdoor, name="Support")
    returns = Team.objects.create(brand=outdoor, name="Returns")
    agents = {
        "admin": _agent("admin@example.com", "Ada Lindqvist", Role.ADMIN, [outdoor, garden], []),
        "supervisor": _agent("supervisor@example.com", "Leo Marchetti", Role.SUPERVISOR, [outdoor, garden], [support]),
        "agent": _agent("agent@example.com", "Ana Kovač", Role.AGENT, [outdoor], [support]),
        "agent2": _agent("agent2@example.com", "Tomás Okafor", Role.AGENT, [outdoor], [support, returns]),
    }
    set_availability(agents["agent"].pk, Availability.ONLINE)
    set_availability(agents["agent2"].pk, Availability.AWAY, reason="Lunch")
    return Cast(outdoor, garden, support, returns, agents)


def _agent(email: str, name: str, role: Role, brands: list[Brand], teams: list[Team]) -> Agent:
    agent = Agent.objects.create_user(email, PASSWORD, name=name, role=role)
    agent.brands.set(brands)
    agent.teams.set(teams)
    return agent
