"""The same change to many tickets at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from console.requests import AgentRequest, agent_page, is_fragment
from console.views.fields import CHANGES
from console.views.shell import DEFAULT_VIEW, list_context, view_or_default
from core.errors import AppError, Invalid
from tickets.permissions import access_ticket

MOST = 200
FIELDS = ("assignee", "status", "priority")


@require_POST
@agent_page
def change_many(request: AgentRequest) -> HttpResponse:
    """Each ticket is changed for itself: one that cannot be changed does not stop the others, and is counted."""
    field, _colon, value = request.POST.get("change", "").partition(":")
    chosen = request.POST.getlist("ticket")[:MOST]
    if field not in FIELDS or not chosen:
        raise Invalid(_("Choose conversations and what to do with them."))
    done, failed = 0, ""
    for pk in chosen:
        try:
            CHANGES[field](request.user, access_ticket(request.user, pk, "change"), value)
            done += 1
        except AppError as error:
            failed = str(error.message)
    _tell(request, done, len(chosen) - done, failed)
    key = view_or_default(request) if request.GET.get("view") else DEFAULT_VIEW
    if is_fragment(request):
        return render(request, "console/_list.html", list_context(request, key) | {"with_toasts": True})
    return redirect("console:view", key)


def _tell(request: AgentRequest, done: int, failed: int, reason: str) -> None:
    if done:
        words = ngettext("%(n)s conversation was changed.", "%(n)s conversations were changed.", done)
        messages.success(request, words % {"n": done})
    if failed:
        words = ngettext("%(n)s could not be changed: %(why)s", "%(n)s could not be changed: %(why)s", failed)
        messages.error(request, words % {"n": failed, "why": reason})
