"""Who may do what that is not about one object. Doors to objects live with the objects (`tickets.permissions`)."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from agents.models import Agent, Brand
from core.errors import Forbidden


def visible_brands(agent: Agent) -> QuerySet[Brand]:
    """Brands whose conversations `agent` may see: administrators all, others their own."""
    return Brand.objects.all() if agent.is_admin else agent.brands.all()


def check_supervisor(agent: Agent | AnonymousUser) -> None:
    """Raise Forbidden unless `agent` may see supervisors' pages."""
    if not (isinstance(agent, Agent) and agent.is_supervisor):
        raise Forbidden()


def check_admin(agent: Agent | AnonymousUser) -> None:
    """Raise Forbidden unless `agent` may change how the contact centre is set up."""
    if not (isinstance(agent, Agent) and agent.is_admin):
        raise Forbidden()
