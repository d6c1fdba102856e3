from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.changes import change_ticket, open_for_customer
from api.pagination import Keyset
from api.requests import agent_of
from api.selectors import history, matching_tickets
from api.serializers.base import PageInput
from api.serializers.tickets import (
    EventOutput,
    EventPage,
    NewTicket,
    TicketChanges,
    TicketFilter,
    TicketOutput,
    TicketPage,
)
from tickets.models import Ticket
from tickets.permissions import access_ticket, visible_tickets

BY_ACTIVITY = Keyset("last_activity_at")
OLDEST_FIRST = Keyset("created_at", ascending=True)


class TicketList(APIView):
    @extend_schema(parameters=[TicketFilter], responses=TicketPage, operation_id="tickets_list")
    def get(self, request: Request) -> Response:
        """Tickets that you may see, newest activity first."""
        agent, filters = agent_of(request), TicketFilter.checked(request.query_params)
        tickets = matching_tickets(visible_tickets(agent), agent, filters)
        page = BY_ACTIVITY.page(tickets, cursor=filters["cursor"], limit=filters["limit"])
        return Response(page.answer(request, TicketOutput(page.rows, many=True).data))

    @extend_schema(request=NewTicket, responses={201: TicketOutput})
    def post(self, request: Request) -> Response:
        """Open a ticket for a customer, who is found or made by their address."""
        ticket = open_for_customer(agent_of(request), NewTicket.checked(request.data))
        return Response(TicketOutput(_row(ticket)).data, status=201)


class TicketDetail(APIView):
    @extend_schema(responses=TicketOutput)
    def get(self, request: Request, pk: str) -> Response:
        return Response(TicketOutput(access_ticket(agent_of(request), pk, "view")).data)

    @extend_schema(request=TicketChanges, responses=TicketOutput)
    def patch(self, request: Request, pk: str) -> Response:
        """Change the named fields: all or, when one cannot be accepted, none."""
        agent = agent_of(request)
        ticket = access_ticket(agent, pk, "change")
        change_ticket(agent, ticket, TicketChanges.checked(request.data))
        return Response(TicketOutput(_row(ticket)).data)


class TicketEvents(APIView):
    @extend_schema(parameters=[PageInput], responses=EventPage)
    def get(self, request: Request, pk: str) -> Response:
        """The ticket's history, oldest first: all that happened and was not a message."""
        ticket = access_ticket(agent_of(request), pk, "view")
        asked = PageInput.checked(request.query_params)
        page = OLDEST_FIRST.page(history(ticket), cursor=asked["cursor"], limit=asked["limit"])
        return Response(page.answer(request, EventOutput(page.rows, many=True).data))


def _row(ticket: Ticket) -> Ticket:
    """As it stands now, with what an answer shows."""
    return Ticket.objects.select_related("brand", "team", "assignee", "customer").get(pk=ticket.pk)
