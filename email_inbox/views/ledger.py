"""What came in and what became of it: the supervisors' page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.text import clean_line
from email_inbox.actions import RETRIABLE, make_ticket_anyway, reprocess
from email_inbox.models import InboundEmail, InboundState
from email_inbox.permissions import access_mail, signed_in_agent, visible_accounts, visible_mails
from email_inbox.selectors import by_state, in_trouble, search

PAGE = 50
SHOWN_BYTES = 200_000


@login_required
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    visible = visible_mails(request.user)
    state = request.GET.get("state", "")
    words = clean_line(request.GET.get("q", ""), 100)
    mails = search(visible.filter(state=state) if state in InboundState.values else visible, words)
    page = Paginator(mails.order_by("-received_at", "-id"), PAGE).get_page(request.GET.get("page"))
    counts = by_state(visible)
    states = [(value, label, counts[value]) for value, label in InboundState.choices]
    context = {"page": page, "states": states, "state": state, "words": words, "total": sum(counts.values())}
    context |= {"section": "mail", "retriable": RETRIABLE, "troubled": in_trouble(visible_accounts(request.user))}
    return render(request, "email_inbox/ledger.html", context)


@login_required
@require_GET
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    found = access_mail(request.user, pk)
    raw = found.original
    context = {
        "mail": found,
        "original": raw[:SHOWN_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        "is_cut": len(raw) > SHOWN_BYTES,
        "duplicates": found.duplicates.order_by("pk")[:20],
        "can_retry": found.state in RETRIABLE,
        "section": "mail",
    }
    return render(request, "email_inbox/mail.html", context)


@login_required
@require_GET
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail byte for byte."""
    return as_download(access_mail(request.user, pk))


def as_download(found: InboundEmail) -> HttpResponse:
    """The mail byte for byte, as a download that no browser opens by itself."""
    response = HttpResponse(found.original, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-{found.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    found = access_mail(request.user, pk)
    return _told(request, reprocess(signed_in_agent(request.user), found.pk))


@login_required
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    found = access_mail(request.user, pk)
    return _told(request, make_ticket_anyway(signed_in_agent(request.user), found.pk))


def _told(request: HttpRequest, mail: InboundEmail) -> HttpResponse:
    where = _("Ticket #%(number)s.") % {"number": mail.ticket_id} if mail.ticket_id else ""
    messages.info(request, " ".join(filter(None, [str(mail.get_state_display()) + ".", where, mail.reason])))
    return redirect("email_inbox:mail", pk=mail.pk)
