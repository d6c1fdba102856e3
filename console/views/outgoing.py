"""Mail that an agent begins: a form that never loses a word, whatever is wrong with it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agents.permissions import visible_brands
from console.requests import AgentRequest, agent_page, whole_number
from console.views.composer import read_message
from core.errors import AppError, Invalid, NotFound
from core.text import clean_line
from email_inbox.models import Mailbox
from email_inbox.outgoing import Recipients, forward_message, new_key, write_first
from email_inbox.participants import read_addresses
from tickets.models import Message, Visibility
from tickets.permissions import access_ticket

TYPED = ("to", "cc", "bcc", "subject", "text", "mailbox", "key", "client_id")


@require_http_methods(["GET", "HEAD", "POST"])
@agent_page
def forward(request: AgentRequest, pk: int, seq: int) -> HttpResponse:
    """Pass a message of the conversation on to somebody else, with its files."""
    ticket = access_ticket(request.user, pk, "reply")
    message = Message.objects.filter(ticket=ticket, seq=min(seq, ticket.last_seq), visibility=Visibility.PUBLIC).first()
    if message is None or message.seq != seq:
        raise NotFound()
    context = {"passed_on": message, "ticket": ticket, "files": message.attachments.order_by("pk")}
    if request.method != "POST":
        return _form(request, context)
    try:
        recipients = _recipients(request)
        chosen = [whole_number(one) for one in request.POST.getlist("file")]
        files = message.attachments.filter(pk__in=chosen)
        forward_message(request.user, message, recipients, read_message(request), files=files, may_undo=True)
    except AppError as error:
        return _form(request, context, error)
    return redirect("console:ticket", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@agent_page
def new_mail(request: AgentRequest) -> HttpResponse:
    """Write to a customer first: opens a ticket."""
    mailboxes = _mailboxes(request)
    context = {"mailboxes": mailboxes, "files": ()}
    if request.method != "POST":
        return _form(request, context)
    try:
        mailbox = mailboxes.filter(pk=whole_number(request.POST.get("mailbox"))).first()
        if mailbox is None:
            raise Invalid(_("Choose the mailbox from which it leaves."))
        ticket = write_first(
            *(request.user, mailbox, _recipients(request), request.POST.get("subject", ""), read_message(request)),
            key=request.POST.get("key", ""),
            may_undo=True,
        )
    except AppError as error:
        return _form(request, context, error)
    return redirect("console:ticket", ticket.pk)


def _mailboxes(request: AgentRequest) -> QuerySet[Mailbox]:
    brands = visible_brands(request.user)
    return Mailbox.objects.select_related("brand", "team").filter(is_active=True, brand__in=brands).order_by("address")


def _recipients(request: AgentRequest) -> Recipients:
    fields = request.POST
    read = Recipients(
        to=read_addresses(fields.get("to", "")),
        cc=read_addresses(fields.get("cc", "")),
        bcc=read_addresses(fields.get("bcc", "")),
    )
    read.check()
    if fields.get("confirm") != "1":
        read.check_reachable()
    return read


def _form(request: AgentRequest, context: dict[str, Any], problem: AppError | None = None) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in TYPED}
    typed["client_id"] = clean_line(typed["client_id"], 64) or uuid.uuid4().hex
    typed["key"] = typed["key"] or new_key()
    if request.method != "POST":
        typed["to"] = clean_line(request.GET.get("to", ""), 320)
    chosen = request.POST.getlist("file") if request.method == "POST" else None
    more = {"typed": typed, "problem": problem, "chosen": chosen, "had_files": bool(request.FILES), "section": "inbox"}
    return render(request, "console/write_mail.html", context | more, status=problem.status if problem else 200)
