"""Making two conversations one, and taking it back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.requests import AgentRequest, agent_page, is_fragment, whole_number
from console.selectors import timeline
from console.selectors.merging import candidates
from core.errors import Invalid
from core.text import clean_line
from crm.selectors import email_of
from email_inbox.handling import CHANNEL
from email_inbox.models import ParticipantKind
from email_inbox.participants import add_participant
from tickets.actions import merge_tickets, unmerge_ticket, why_not_merge
from tickets.channels import get_channel
from tickets.models import EventKind, Ticket, TicketEvent
from tickets.permissions import access_ticket, visible_tickets


@require_http_methods(["GET", "HEAD", "POST"])
@agent_page
def merge(request: AgentRequest, pk: int) -> HttpResponse:
    """GET: conversations to choose from (`q` searches), and with `into` both side by side. POST `into`: do it;
    `copy=1` lets the other customer have a copy of every answer."""
    source = access_ticket(request.user, pk, "change")
    if request.method == "POST":
        return _merge(request, source)
    if not is_fragment(request):
        return redirect("console:ticket", pk)
    into = request.GET.get("into", "")
    if into:
        return render(request, "console/_merge_both.html", _both(source, _chosen(request, into)))
    search = clean_line(request.GET.get("q", ""), 200)
    found = candidates(visible_tickets(request.user), source, search)
    template = "console/_merge_found.html" if "q" in request.GET else "console/_merge.html"
    return render(request, template, {"ticket": source, "found": found, "search": search})


@require_POST
@agent_page
def unmerge(request: AgentRequest, pk: int) -> HttpResponse:
    access_ticket(request.user, pk, "view")
    unmerge_ticket(request.user, pk, now=timezone.now())
    return _go(request, pk)


@require_safe
@agent_page
def absorbed(request: AgentRequest, pk: int, source_pk: int) -> HttpResponse:
    """What was said in a conversation before it was merged into this one: its last messages, to be read in place."""
    access_ticket(request.user, pk, "view")
    source = access_ticket(request.user, source_pk, "view")
    if not is_fragment(request) or not _is_part(source, pk):
        return redirect("console:ticket", source_pk)
    return render(request, "console/_absorbed.html", {"ticket": source, "timeline": timeline.said_in(source)})


def _is_part(source: Ticket, pk: int) -> bool:
    return TicketEvent.objects.filter(ticket=pk, kind=EventKind.LINK, data__other=source.pk).exists()


def _merge(request: AgentRequest, source: Ticket) -> HttpResponse:
    target = _chosen(request, request.POST.get("into", ""))
    merge_tickets(request.user, source.pk, target.pk, now=timezone.now())
    address = email_of(source.customer)
    if (
        request.POST.get("copy") == "1"
        and address
        and target.channel == CHANNEL
        and source.customer_id != target.customer_id
    ):
        add_participant(request.user, target, address, name=source.customer.name, kind=ParticipantKind.CC)
    return _go(request, target.pk)


def _chosen(request: AgentRequest, text: str) -> Ticket:
    """The conversation that was chosen or whose number was typed."""
    number = whole_number(text.strip().removeprefix("#"))
    if not number:
        raise Invalid(_("Choose the conversation in which it goes on."))
    return access_ticket(request.user, number, "change")


def _both(source: Ticket, target: Ticket) -> dict[str, object]:
    return {
        "ticket": source,
        "target": target,
        "pair": [(_("Closes"), source), (_("Goes on"), target)],
        "other_customer": source.customer if source.customer_id != target.customer_id else None,
        "other_address": email_of(source.customer) if target.channel == CHANNEL else "",
        "leaves_by": get_channel(target.channel).label if target.channel != source.channel else "",
        "hindrance": why_not_merge(source, target),
    }


def _go(request: AgentRequest, pk: int) -> HttpResponse:
    response = redirect("console:ticket", pk)
    return HttpResponse(status=204, headers={"HX-Redirect": response.url}) if is_fragment(request) else response
