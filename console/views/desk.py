"""The cards that follow an agent on every page: accept or decline what is offered; and why it was."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from chat.actions import accept_chat
from chat.selectors import find_session
from console.requests import AgentRequest, agent_page, is_fragment
from console.selectors.colleagues import asks_of
from console.selectors.desk import desk_cards
from console.views.chats import opened
from console.why import explain
from core.text import clean_line
from tickets import routing
from tickets.actions import assign_ticket
from tickets.models import Offer
from tickets.permissions import access_ticket


@require_safe
@agent_page
def cards(request: AgentRequest) -> HttpResponse:
    """The cards as they are now; asked for whenever a hint says that they may have changed."""
    if not is_fragment(request):
        return redirect("console:home")
    return show_cards(request)


@require_POST
@agent_page
def accept(request: AgentRequest, pk: int) -> HttpResponse:
    """Take what is offered and open it. An offer that is over says so (409)."""
    ticket = access_ticket(request.user, pk, "reply")
    with transaction.atomic():
        routing.accept(request.user, pk, now=timezone.now())
        if find_session(ticket) is not None:
            accept_chat(request.user, ticket)
        else:
            assign_ticket(request.user, pk, request.user)
    return opened(request, pk)


@require_POST
@agent_page
def decline(request: AgentRequest, pk: int) -> HttpResponse:
    """It goes to the next agent. An offer that is over says so (409)."""
    ticket = access_ticket(request.user, pk, "reply")
    reason = clean_line(request.POST.get("reason", ""), 200)
    routing.decline(request.user, ticket.pk, now=timezone.now(), reason=reason)
    return show_cards(request) if is_fragment(request) else redirect("console:home")


@require_safe
@agent_page
def why(request: AgentRequest, pk: int, offer_pk: int) -> HttpResponse:
    """Why the routing chose this agent, as it stood at that moment."""
    ticket = access_ticket(request.user, pk, "view")
    if not is_fragment(request):
        return redirect(reverse("console:ticket", args=[pk]))
    offer = get_object_or_404(Offer.objects.select_related("agent"), pk=offer_pk, entry__ticket=ticket)
    return render(request, "console/_why.html", {"offer": offer, "why": explain(offer.why)})


def show_cards(request: AgentRequest) -> HttpResponse:
    """All of them, whichever was answered: they stand in one place."""
    now = timezone.now()
    cards = {"desk": desk_cards(request.user, now=now), "asks": asks_of(request.user, now=now)}
    return render(request, "console/_desk.html", cards)
