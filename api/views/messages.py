from __future__ import annotations

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.changes import post_message
from api.parsers import JSONParser
from api.requests import agent_of
from api.selectors import message_row, messages_after
from api.serializers.messages import MessageList, MessageOutput, MessageRange, NewMessageInput
from tickets.downloads import attachment_response
from tickets.permissions import access_attachment, access_ticket


class TicketMessages(APIView):
    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(parameters=[MessageRange], responses=MessageList)
    def get(self, request: Request, pk: str) -> Response:
        """Messages and notes numbered above `after`, oldest first. Numbers have no gaps."""
        ticket = access_ticket(agent_of(request), pk, "view")
        asked = MessageRange.checked(request.query_params)
        found = messages_after(ticket, asked["after"], asked["limit"])
        results = MessageOutput(found, many=True, context={"request": request}).data
        return Response({"last_seq": ticket.last_seq, "results": results})

    @extend_schema(request=NewMessageInput, responses={201: MessageOutput, 200: MessageOutput})
    def post(self, request: Request, pk: str) -> Response:
        """Answer the customer, or leave a private note. 200 with the first message when `client_id` was known."""
        agent, now = agent_of(request), timezone.now()
        ticket = access_ticket(agent, pk, "reply")
        message = post_message(agent, ticket, NewMessageInput.checked(request.data), now)
        answer = MessageOutput(message_row(message), context={"request": request}).data
        return Response(answer, status=201 if message.created_at == now else 200)


class AttachmentFile(APIView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: str) -> FileResponse:
        return attachment_response(access_attachment(agent_of(request), public_id))
