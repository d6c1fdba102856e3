"""Taking a waiting chat, ending one's chat."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from chat.actions import accept_chat, agent_typing, end_chat
from chat.selectors import session_of
from console.requests import AgentRequest, agent_page, is_fragment
from tickets.permissions import access_ticket


@require_POST
@agent_page
def accept(request: AgentRequest, pk: int) -> HttpResponse:
    """Take the chat and open it. A colleague who was first is named in the error (409)."""
    accept_chat(request.user, access_ticket(request.user, pk, "reply"))
    address = reverse("console:ticket", args=[pk]) + "?view=mine"
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@require_POST
@agent_page
def end(request: AgentRequest, pk: int) -> HttpResponse:
    end_chat(session_of(access_ticket(request.user, pk, "reply")), request.user)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "conversation:changed"})
    return redirect("console:ticket", pk)


@require_POST
@agent_page
def typing(request: AgentRequest, pk: int) -> HttpResponse:
    """Show the visitor that somebody is writing; `on=0` ends it."""
    ticket = access_ticket(request.user, pk, "reply")
    agent_typing(ticket.pk, request.user, on=request.POST.get("on") != "0")
    return HttpResponse(status=204)
