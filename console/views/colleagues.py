"""What an agent can do with a running chat beside answering: pass it on, ask a colleague in, keep the visitor out."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agents.models import Agent, Team
from chat.actions.blocking import block_visitor, standing_block, unblock_visitor
from chat.actions.inviting import invite_colleague, leave_chat
from chat.actions.transfer import accept_transfer, ask_transfer, decline_transfer
from chat.errors import TransferOver
from chat.models import ChatTransfer, TransferState, VisitorAddress
from chat.selectors import session_of
from console.requests import AgentRequest, agent_page, is_fragment, whole_number
from console.selectors.colleagues import colleagues_for, teams_for
from console.selectors.people import assignable_agents, brand_teams
from console.views.chats import opened
from core.errors import Invalid
from core.text import clean_text
from tickets.models import Ticket
from tickets.permissions import access_ticket

Chosen = TypeVar("Chosen", Agent, Team)
BLOCKS: dict[str, timedelta | None] = {"day": timedelta(days=1), "month": timedelta(days=30), "ever": None}


@require_safe
@agent_page
def more(request: AgentRequest, pk: int) -> HttpResponse:
    """The menu's forms; asked for when it is opened."""
    ticket = access_ticket(request.user, pk, "reply")
    session = session_of(ticket)
    if not is_fragment(request):
        return redirect("console:ticket", pk)
    context = {
        "ticket": ticket,
        "session": session,
        "is_own": session.accepted_by_id == request.user.pk,
        "colleagues": colleagues_for(ticket, request.user, now=timezone.now()),
        "teams": teams_for(ticket, now=timezone.now()),
        "block": standing_block(session, now=timezone.now()),
        "can_block_network": VisitorAddress.objects.filter(session=session).exists(),
    }
    return render(request, "console/_chat_more.html", context)


@require_POST
@agent_page
def transfer(request: AgentRequest, pk: int) -> HttpResponse:
    """`do=ask` with `to` ("agent-3" or "team-2") and a summary; `accept` or `decline` what is asked."""
    ticket = access_ticket(request.user, pk, "reply")
    session, now = session_of(ticket), timezone.now()
    do = request.POST.get("do", "ask")
    if do == "ask":
        summary = clean_text(request.POST.get("summary", ""))
        ask_transfer(session, request.user, _target(ticket, request.POST.get("to", "")), summary=summary, now=now)
        return _changed(request, pk)
    open_one = ChatTransfer.objects.filter(session=session, state=TransferState.ASKED).first()
    if open_one is None:
        raise TransferOver()
    if do == "accept":
        accept_transfer(open_one.pk, request.user, now=now)
        return opened(request, pk)
    decline_transfer(open_one.pk, request.user, now=now)
    return _changed(request, pk)


@require_POST
@agent_page
def invite(request: AgentRequest, pk: int) -> HttpResponse:
    """Ask the agent `to` in; `do=leave` ends one's own help."""
    ticket = access_ticket(request.user, pk, "reply")
    session, now = session_of(ticket), timezone.now()
    if request.POST.get("do") == "leave":
        leave_chat(session, request.user, now=now)
    else:
        colleague = _chosen(assignable_agents(ticket), request.POST.get("to", ""))
        invite_colleague(session, request.user, colleague, now=now)
    return _changed(request, pk)


@require_POST
@agent_page
def block(request: AgentRequest, pk: int) -> HttpResponse:
    """Keep the visitor out for a `day`, a `month` or for `ever`, with `email` and `network` also by these; `do=undo`
    lets them in again."""
    ticket = access_ticket(request.user, pk, "reply")
    if request.POST.get("do") == "undo":
        unblock_visitor(session_of(ticket), request.user, now=timezone.now())
        return _changed(request, pk)
    lasts = request.POST.get("lasts", "day")
    if lasts not in BLOCKS:
        raise Invalid(_("Choose for how long the visitor is blocked."))
    block_visitor(
        session_of(ticket),
        request.user,
        reason=request.POST.get("reason", ""),
        lasts=BLOCKS[lasts],
        by_email="email" in request.POST,
        by_address="network" in request.POST,
        now=timezone.now(),
    )
    return _changed(request, pk)


def _target(ticket: Ticket, text: str) -> Agent | Team:
    kind, _dash, number = text.partition("-")
    if kind == "team":
        return _chosen(brand_teams(ticket), number)
    return _chosen(assignable_agents(ticket), number if kind == "agent" else "")


def _chosen(among: QuerySet[Chosen], number: str) -> Chosen:
    """One of those who may be asked. Raises Invalid."""
    found = among.filter(pk=whole_number(number)).first()
    if found is None:
        raise Invalid(_("Choose who is to be asked."))
    return found


def _changed(request: AgentRequest, pk: int) -> HttpResponse:
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "conversation:changed"})
    return redirect("console:ticket", pk)
