"""Blocking senders, and the list of those who are."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from email_inbox.actions import block_sender, unblock_sender
from email_inbox.permissions import access_block, access_mail, signed_in_agent, visible_blocks


@login_required
@require_GET
def blocked(request: HttpRequest) -> HttpResponse:
    """Every sender that the supervisor's brands have blocked."""
    context = {"blocks": visible_blocks(request.user).order_by("value")[:500], "section": "mail"}
    return render(request, "email_inbox/blocked.html", context)


@login_required
@require_POST
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Block the sender of this mail; `kind` is address or domain."""
    mail = access_mail(request.user, pk)
    made = block_sender(signed_in_agent(request.user), mail, request.POST.get("kind", ""))
    messages.info(request, _("%(value)s is blocked: new mail from there goes to spam.") % {"value": made.value})
    return redirect("email_inbox:mail", pk=pk)


@login_required
@require_POST
def unblock(request: HttpRequest, pk: int) -> HttpResponse:
    found = access_block(request.user, pk)
    unblock_sender(found)
    messages.info(request, _("%(value)s may write again.") % {"value": found.value})
    return redirect("email_inbox:blocked")
