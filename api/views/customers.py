from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.pagination import Keyset
from api.requests import agent_of
from api.selectors import matching_customers, matching_tickets
from api.serializers.base import PageInput
from api.serializers.people import CustomerChanges, CustomerFilter, CustomerOutput, CustomerPage
from api.serializers.tickets import TicketOutput, TicketPage
from crm.actions import update_customer
from tickets.permissions import access_customer, visible_customers, visible_tickets

NEWEST_FIRST = Keyset()
NEWEST_TICKETS = Keyset("created_at")


class CustomerList(APIView):
    @extend_schema(parameters=[CustomerFilter], responses=CustomerPage, operation_id="customers_list")
    def get(self, request: Request) -> Response:
        """Customers of your brands, newest first; `q` is part of a name, an address or a number."""
        asked = CustomerFilter.checked(request.query_params)
        customers = matching_customers(visible_customers(agent_of(request)), asked["q"])
        page = NEWEST_FIRST.page(customers, cursor=asked["cursor"], limit=asked["limit"])
        return Response(page.answer(request, CustomerOutput(page.rows, many=True).data))


class CustomerDetail(APIView):
    @extend_schema(responses=CustomerOutput)
    def get(self, request: Request, public_id: str) -> Response:
        return Response(CustomerOutput(access_customer(agent_of(request), public_id)).data)

    @extend_schema(request=CustomerChanges, responses=CustomerOutput)
    def patch(self, request: Request, public_id: str) -> Response:
        customer = access_customer(agent_of(request), public_id)
        changed = update_customer(customer.pk, **CustomerChanges.checked(request.data))
        return Response(CustomerOutput(changed).data)


class CustomerTickets(APIView):
    @extend_schema(parameters=[PageInput], responses=TicketPage)
    def get(self, request: Request, public_id: str) -> Response:
        """The customer's tickets over every channel, newest first, as far as you may see them."""
        agent, asked = agent_of(request), PageInput.checked(request.query_params)
        customer = access_customer(agent, public_id)
        tickets = matching_tickets(visible_tickets(agent).filter(customer=customer), agent, {})
        page = NEWEST_TICKETS.page(tickets, cursor=asked["cursor"], limit=asked["limit"])
        return Response(page.answer(request, TicketOutput(page.rows, many=True).data))
