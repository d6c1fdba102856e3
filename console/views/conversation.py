"""One conversation: the page, what came since, what came earlier."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from chat.actions import mark_agent_seen
from chat.models import ChatSession, State
from chat.selectors import chat_context, find_session
from console.requests import AgentRequest, agent_page, is_fragment, whole_number
from console.selectors import timeline
from console.selectors.channels import reply_target
from console.selectors.clocks import first_response_clock
from console.selectors.mail import copies_of, mail_desk
from console.selectors.people import assignable_agents, brand_teams, consents_of, customer_panel, rating_of
from console.selectors.wrapping import is_due
from console.views.shell import list_context
from console.views.snoozing import snooze_presets
from console.views.ticket_fields import fields_context
from core.text import clean_line
from tickets.actions import can_unmerge, mark_read
from tickets.models import Priority, Rating, Status, Ticket, TicketType
from tickets.permissions import access_ticket, visible_tickets

SETTABLE = (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED)


@require_safe
@agent_page
def show(request: AgentRequest, pk: int) -> HttpResponse:
    """The console with this conversation open; to htmx the conversation and the customer alone."""
    tickets = visible_tickets(request.user)
    ticket = access_ticket(request.user, pk, "view", tickets=tickets)
    context = conversation_context(request, ticket, tickets)
    if is_fragment(request):
        view_key = clean_line(request.GET.get("view", ""), 40) or "open"
        return render(request, "console/_workspace.html", context | {"view_key": view_key})
    shell = list_context(request, clean_line(request.GET.get("view", ""), 40), tickets=tickets, lenient=True)
    return render(request, "console/inbox.html", shell | context | {"view_key": shell["view"].key})


@require_safe
@agent_page
def since(request: AgentRequest, pk: int) -> HttpResponse:
    """Entries after the given marks, the states of delivery, the header unless the reader is using it (`header=keep`),
    and what the panel says of a chat if it may have changed (`panel=1`)."""
    ticket = access_ticket(request.user, pk, "view")
    prefetch_related_objects([ticket.customer], "identities")
    seq, event = whole_number(request.GET.get("seq")), _event_mark(request)
    context: dict[str, Any] = {
        "ticket": ticket,
        "timeline": timeline.since(ticket, request.user, seq, event),
        "deliveries": timeline.watched_deliveries(ticket),
        "mail_desk": mail_desk(ticket, request.user),
    }
    chat = chat_context(ticket) if request.GET.get("panel") == "1" and ticket.channel == "chat" else None
    if chat:
        rating = Rating.objects.select_related("agent").filter(ticket=ticket).first()
        context |= {"chat": chat, "consents": consents_of(ticket.customer), "rating": rating, "with_panel": True}
    if request.GET.get("header") != "keep":
        context |= header_context(ticket, chat.session if chat else None) | {"with_header": True}
        context["wrap_up_due"] = is_due(context["session"], request.user, timezone.now())
    return render(request, "console/_since.html", context)


@require_safe
@agent_page
def earlier(request: AgentRequest, pk: int) -> HttpResponse:
    ticket = access_ticket(request.user, pk, "view")
    prefetch_related_objects([ticket.customer], "identities")
    before = whole_number(request.GET.get("before"))
    found = timeline.before(ticket, request.user, before)
    return render(request, "console/_earlier.html", {"ticket": ticket, "timeline": found})


@require_POST
@agent_page
def read(request: AgentRequest, pk: int) -> HttpResponse:
    """The page was looked at up to message number `seq`."""
    ticket = access_ticket(request.user, pk, "view")
    seq = min(whole_number(request.POST.get("seq")), ticket.last_seq)
    mark_read(request.user, ticket, seq)
    if ticket.channel == "chat":
        mark_agent_seen(ticket.pk, seq)
    return HttpResponse(status=204)


def conversation_context(request: AgentRequest, ticket: Ticket, tickets: QuerySet[Ticket]) -> dict[str, Any]:
    agent = request.user
    # Panel and channel both read the identities of this one object.
    prefetch_related_objects([ticket.customer], "identities")
    chat = chat_context(ticket) if ticket.channel == "chat" else None
    panel = customer_panel(ticket.customer, tickets)
    return (
        header_context(ticket, chat.session if chat else None)
        | fields_context(ticket)
        | {
            "wrap_up_due": is_due(chat.session if chat else None, agent, timezone.now()),
            "timeline": timeline.latest(ticket, agent),
            "panel": panel,
            "target": reply_target(ticket),
            "mail_desk": mail_desk(ticket, agent),
            "copies": copies_of(ticket),
            "drafts": timeline.drafts(ticket, agent),
            "chat": chat,
            "consents": consents_of(ticket.customer) if chat else (),
            "rating": rating_of(ticket, panel),
            "client_id": uuid.uuid4().hex,
            "max_bytes": settings.ATTACHMENT_MAX_BYTES,
        }
    )


def header_context(ticket: Ticket, session: ChatSession | None = None) -> dict[str, Any]:
    """`session`: the ticket's chat, if the caller has it already."""
    now = timezone.now()
    if session is None and ticket.channel == "chat":
        session = find_session(ticket)
    return {
        "ticket": ticket,
        "session": session,
        "chat_is_open": session is not None and session.is_open,
        "chat_is_waiting": session is not None and session.state == State.WAITING,
        "clock": first_response_clock(ticket),
        "statuses": [(status.value, status.label) for status in SETTABLE],
        "priorities": Priority.choices[::-1],
        "types": TicketType.choices,
        "agents": assignable_agents(ticket),
        "teams": brand_teams(ticket),
        "snoozes": snooze_presets(now),
        "can_unmerge": can_unmerge(ticket, now),
    }


def _event_mark(request: AgentRequest) -> int:
    text = request.GET.get("event", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
