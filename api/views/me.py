from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.actions import set_availability
from agents.models import Agent, AvailabilityPeriod
from api.requests import agent_of
from api.serializers.people import AvailabilityInput, AvailabilityOutput, MeOutput, TokenOutput


class Me(APIView):
    @extend_schema(responses=MeOutput)
    def get(self, request: Request) -> Response:
        return Response(MeOutput(agent_of(request)).data)


class MyAvailability(APIView):
    @extend_schema(responses=AvailabilityOutput)
    def get(self, request: Request) -> Response:
        agent = agent_of(request)
        running = agent.availability_periods.filter(ended_at__isnull=True).first()
        return Response(_availability(agent, running))

    @extend_schema(request=AvailabilityInput, responses=AvailabilityOutput)
    def put(self, request: Request) -> Response:
        """Say whether you take work. The reason is kept while away."""
        agent, wanted = agent_of(request), AvailabilityInput.checked(request.data)
        period = set_availability(agent.pk, wanted["state"], reason=wanted["reason"])
        return Response(_availability(agent, period))


class MyToken(APIView):
    """Signed in by browser only: who holds a token cannot make themselves another."""

    authentication_classes = [SessionAuthentication]

    @extend_schema(request=None, responses={201: TokenOutput})
    def post(self, request: Request) -> Response:
        """Make a token for yourself; an earlier one stops working. It is shown this once."""
        Token.objects.filter(user=agent_of(request)).delete()
        token = Token.objects.create(user=agent_of(request))
        return Response({"token": token.key}, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        Token.objects.filter(user=agent_of(request)).delete()
        return Response(status=204)


def _availability(agent: Agent, period: AvailabilityPeriod | None) -> dict[str, Any]:
    if period is None:
        return {"state": agent.availability, "reason": agent.away_reason, "started_at": None}
    return AvailabilityOutput({"state": period.state, "reason": period.reason, "started_at": period.started_at}).data
