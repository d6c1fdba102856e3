"""Writing: replies, notes and drafts. The composer script reads JSON; a plain form is sent back to the page."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.mail_replies import mail_reply
from console.requests import AgentRequest, agent_page, whole_number
from core.errors import NeedsConfirming, TooLarge
from core.text import clean_line, excerpt
from email_inbox.handling import CHANNEL
from email_inbox.models import PendingReply
from tickets.actions import post_note, post_reply, save_draft
from tickets.content import NewAttachment, NewMessage
from tickets.models import AuthorKind, Message, Ticket, Visibility
from tickets.permissions import access_ticket
from tickets.routing.written import LIVE

MOST_FILES = 20


@require_POST
@agent_page
def reply(request: AgentRequest, pk: int) -> HttpResponse:
    """Answer the customer and set the status, if one was chosen. 413 and 422 keep what was typed in the page.

    By email it may wait: the seconds in which it can be taken back (`hold`), or for a chosen hour (`later`); 409 with
    the code `confirm` asks to look again at who gets it.
    """
    ticket = access_ticket(request.user, pk, "reply")
    if ticket.channel not in LIVE:
        _check_nothing_arrived(request, ticket)
    if ticket.channel == CHANNEL:
        return _answer(request, mail_reply(request, ticket, read_message(request)), ticket.pk)
    status = clean_line(request.POST.get("status", ""), 20)
    return _answer(request, post_reply(request.user, ticket.pk, read_message(request), status=status), ticket.pk)


def _check_nothing_arrived(request: AgentRequest, ticket: Ticket) -> None:
    """Raise NeedsConfirming when something public was said after message `seen`, the last that its writer had before
    their eyes. In a chat people talk across each other, and nobody asks there. The page then shows what was said and
    sends `seen` anew; no other confirmation stands in for that."""
    seen = request.POST.get("seen", "")
    if not seen:
        return
    news = Message.objects.filter(ticket=ticket, seq__gt=whole_number(seen), visibility=Visibility.PUBLIC)
    news = news.exclude(agent=request.user).exclude(author_kind=AuthorKind.SYSTEM)
    last = news.select_related("agent", "customer").order_by("-seq").first()
    if last is None:
        return
    name = last.agent.name if last.agent else str(last.customer or ticket.customer)
    words = {"name": name, "words": excerpt(last.text, 160)}
    said = _("%(name)s wrote while you were writing: “%(words)s” Nothing was sent yet.") % words
    raise NeedsConfirming(said, code="arrived")


@require_POST
@agent_page
def note(request: AgentRequest, pk: int) -> HttpResponse:
    ticket = access_ticket(request.user, pk, "reply")
    return _answer(request, post_note(request.user, ticket.pk, read_message(request)), ticket.pk)


@require_POST
@agent_page
def draft(request: AgentRequest, pk: int) -> HttpResponse:
    ticket = access_ticket(request.user, pk, "view")
    save_draft(request.user, ticket, request.POST.get("kind", ""), request.POST.get("text", ""))
    return HttpResponse(status=204)


def read_message(request: AgentRequest) -> NewMessage:
    files = request.FILES.getlist("files")
    if len(files) > MOST_FILES:
        raise TooLarge(
            _("These are %(count)s files; a message can carry at most %(most)s. Nothing was sent.")
            % {"count": len(files), "most": MOST_FILES}
        )
    for file in files:
        _check_size(file)
    return NewMessage(
        text=request.POST.get("text", ""),
        attachments=tuple(_attachment(file) for file in files),
        client_id=request.POST.get("client_id") or None,
    )


def _check_size(file: UploadedFile[bytes]) -> None:
    """Before the file is read into memory; the action checks again."""
    if (file.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        raise TooLarge(
            _("“%(name)s” is %(size)s; a file may be at most %(limit)s. Nothing was sent.")
            % {
                "name": clean_line(file.name or "", 80),
                "size": filesizeformat(file.size or 0),
                "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES),
            }
        )


def _attachment(file: UploadedFile[bytes]) -> NewAttachment:
    return NewAttachment(name=file.name or "", content=file.read(), content_type=file.content_type or "")


def _answer(request: AgentRequest, posted: Message | PendingReply, ticket_id: int) -> HttpResponse:
    if "application/json" not in request.headers.get("Accept", ""):
        return redirect("console:ticket", ticket_id)
    if isinstance(posted, PendingReply):
        return JsonResponse({"waiting": posted.pk, "due_at": posted.due_at.isoformat()}, status=202)
    return JsonResponse({"seq": posted.seq}, status=201)
