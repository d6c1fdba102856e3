"""The doors to help articles. Every agent reads those of their brands; supervisors write them."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from agents.models import Agent, Brand
from agents.permissions import visible_brands
from core.errors import Forbidden, NotFound
from knowledge.models import Answer


def visible_answers(agent: Agent) -> QuerySet[Answer]:
    """Articles of the agent's brands and those of every brand."""
    answers = Answer.objects.defer("search", "latin")
    if agent.is_admin:
        return answers
    return answers.filter(Q(brand__isnull=True) | Q(brand__in=visible_brands(agent)))


def can_change(agent: Agent, answer: Answer) -> bool:
    """Supervisors for their brands; what every brand shows is the administrators' to change."""
    return agent.is_admin if answer.brand_id is None else agent.is_supervisor


def access_answer(agent: Agent | AnonymousUser, public_id: str, need: Literal["view", "change"]) -> Answer:
    """The article's version, if `agent` may do `need` with it. Raises NotFound, Forbidden."""
    if not isinstance(agent, Agent) or not agent.is_active:
        raise NotFound()
    found = visible_answers(agent).select_related("brand", "updated_by").filter(public_id=str(public_id)[:16]).first()
    if found is None:
        raise NotFound()
    if need == "change" and not can_change(agent, found):
        raise Forbidden()
    return found


def check_may_write(agent: Agent, brand: Brand | None) -> None:
    """Raise Forbidden unless `agent` may keep an article under this brand (None: every brand)."""
    if agent.is_admin:
        return
    if not agent.is_supervisor or brand is None or not visible_brands(agent).filter(pk=brand.pk).exists():
        raise Forbidden()
