from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from agents.models import Agent


def agent_of(request: Request) -> Agent:
    """Who is asking. Raises NotAuthenticated (401)."""
    if not isinstance(request.user, Agent):
        raise NotAuthenticated
    return request.user
