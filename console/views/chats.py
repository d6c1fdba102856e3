"""Chats: the live list, taking a waiting one, ending one's own."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.actions import accept_chat, agent_typing, end_chat
from chat.errors import AlreadyTaken, ChatEnded
from chat.selectors import session_of
from console.requests import AgentRequest, agent_page, is_fragment
from console.selectors.chats import longest_waiting
from console.views.shell import CHATS, list_context
from core.errors import NotFound
from tickets.permissions import access_ticket
from tickets.routing.picking import OfferedToAnother, SkillMissing


@require_safe
@agent_page
def live(request: AgentRequest) -> HttpResponse:
    """Both lists and the rail as they are now; the page fits them in without moving what is under the cursor."""
    return render(request, "console/_chats_live.html", list_context(request, CHATS))


@require_POST
@agent_page
def accept(request: AgentRequest, pk: int) -> HttpResponse:
    """Take the chat and open it. A colleague who was first is named in the error (409)."""
    accept_chat(request.user, access_ticket(request.user, pk, "reply"))
    return opened(request, pk)


@require_POST
@agent_page
def accept_next(request: AgentRequest) -> HttpResponse:
    """Take who has waited longest. One that a colleague takes, or is asked to take, in this very moment is passed over,
    and so is one that needs a skill the agent does not have."""
    for session in longest_waiting(request.user):
        try:
            accept_chat(request.user, access_ticket(request.user, session.ticket_id, "reply"))
        except (AlreadyTaken, ChatEnded, OfferedToAnother, SkillMissing):
            continue
        return opened(request, session.ticket_id)
    raise NotFound(_("Nobody is waiting. New chats appear here by themselves."), code="nobody_waits")


def opened(request: AgentRequest, pk: int) -> HttpResponse:
    address = reverse("console:ticket", args=[pk]) + f"?view={CHATS}"
    if not is_fragment(request):
        return redirect(address)
    if _stands_in_chats(request):
        # The lists stay; only the conversation changes.
        place = json.dumps({"path": address, "target": "#workspace", "swap": "innerHTML"})
        return HttpResponse(status=204, headers={"HX-Location": place, "HX-Trigger": "chats:accepted"})
    return HttpResponse(status=204, headers={"HX-Redirect": address})


def _stands_in_chats(request: AgentRequest) -> bool:
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    return here.path == reverse("console:view", args=[CHATS]) or parse_qs(here.query).get("view") == [CHATS]


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
