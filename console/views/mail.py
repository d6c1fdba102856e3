"""What agents do about the mail of a conversation, beside answering it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from console.requests import AgentRequest, agent_page, is_fragment
from console.selectors.mail import mail_desk
from core.text import clean_line
from email_inbox.models import PendingReply
from email_inbox.outgoing import take_back_forward
from email_inbox.participants import copied, remove_participant
from email_inbox.pending import send_at_once, take_back
from email_inbox.strangers import decide
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.permissions import access_ticket


@require_POST
@agent_page
def decide_held(request: AgentRequest, pk: int, mail_pk: int) -> HttpResponse:
    """Attach a stranger's mail, make it a conversation of its own, or let its sender in."""
    ticket = access_ticket(request.user, pk, "change")
    mail = decide(request.user, mail_pk, ticket, request.POST.get("decision", ""))
    if is_fragment(request):
        return _notice(request, ticket)
    return redirect("console:ticket", mail.ticket_id or pk)


@require_POST
@agent_page
def change_waiting(request: AgentRequest, pk: int, pending_pk: int) -> HttpResponse:
    """Take a waiting answer back (its words return to the composer) or a forward, or let an answer leave now."""
    ticket = access_ticket(request.user, pk, "reply")
    taken = None
    if request.POST.get("do") == "send":
        send_at_once(ticket, pending_pk)
    elif request.POST.get("do") == "unforward":
        take_back_forward(request.user, ticket, pending_pk)
    else:
        taken = take_back(request.user, ticket, pending_pk)
    if is_fragment(request):
        return _notice(request, ticket, restored=taken)
    return redirect("console:ticket", pk)


@require_POST
@agent_page
def remove_person(request: AgentRequest, pk: int) -> HttpResponse:
    """Take somebody's part in the conversation away: no more copies, and their mails are a stranger's again."""
    ticket = access_ticket(request.user, pk, "change")
    with transaction.atomic():
        remove_participant(request.user, lock_ticket(ticket.pk), clean_line(request.POST.get("address", ""), 320))
    if is_fragment(request):
        return _notice(request, ticket)
    return redirect("console:ticket", pk)


def _notice(request: AgentRequest, ticket: Ticket, *, restored: PendingReply | None = None) -> HttpResponse:
    """The notices as they are now, with what goes back into the composer; the page then fetches what else changed."""
    context = {"ticket": ticket, "mail_desk": mail_desk(ticket, request.user), "restored": restored}
    answer = render(request, "console/_mail_notice.html", context | {"copied": ", ".join(copied(ticket))})
    answer["HX-Trigger"] = "conversation:changed"
    return answer
