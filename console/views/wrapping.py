"""After a chat: how it came out, what is missing about the customer, and the place that becomes free."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat.actions.disposition import Outcome, note_outcome
from chat.actions.following import follow_up_by_email
from chat.models import Disposition
from chat.selectors import session_of
from console.requests import AgentRequest, agent_page, is_fragment, whole_number
from console.selectors.wrapping import LABELS, dispositions_of, wrap_up_form
from console.views.desk import show_cards
from core.errors import Invalid
from tickets import routing
from tickets.models import Ticket
from tickets.permissions import access_ticket


@require_http_methods(["GET", "POST"])
@agent_page
def wrap_up(request: AgentRequest, pk: int) -> HttpResponse:
    """The form of a chat that has ended; posted, the outcome is kept and the agent's place is free."""
    ticket = access_ticket(request.user, pk, "reply")
    session = session_of(ticket)
    now = timezone.now()
    if request.method == "POST":
        note_outcome(request.user, session.pk, _outcome(request, ticket), now=now)
        if is_fragment(request):
            return HttpResponse("", headers={"HX-Trigger": "conversation:changed"})
        return redirect("console:ticket", pk)
    if not is_fragment(request):
        return redirect("console:ticket", pk)
    form = wrap_up_form(ticket, session, request.user, now=now)
    return render(request, "console/_wrap_up.html", {"form": form, "ticket": ticket})


@require_POST
@agent_page
def follow_up(request: AgentRequest, pk: int) -> HttpResponse:
    """The chat goes on by email, to the address that the agent was given."""
    session = session_of(access_ticket(request.user, pk, "reply"))
    follow_up_by_email(request.user, session.pk, request.POST.get("email", ""), now=timezone.now())
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "conversation:changed"})
    return redirect("console:ticket", pk)


@require_POST
@agent_page
def finish(request: AgentRequest, pk: int) -> HttpResponse:
    """Done without a word about it: the place is free. Twice is once."""
    ticket = access_ticket(request.user, pk, "reply")
    routing.finish_wrap_up(ticket.pk, request.user, now=timezone.now())
    if is_fragment(request):
        return show_cards(request)
    return redirect("console:ticket", pk)


def _outcome(request: AgentRequest, ticket: Ticket) -> Outcome:
    """A value that was shown counts as confirmed only when the agent says so."""
    fields = request.POST
    learned = {
        what: fields.get(what, "")
        for what in LABELS
        if fields.get(what) and (fields.get(what) != fields.get(f"{what}_was") or fields.get(f"{what}_confirmed"))
    }
    return Outcome(_disposition(fields.get("disposition", ""), ticket), fields.get("summary", ""), learned)


def _disposition(key: str, ticket: Ticket) -> Disposition | None:
    if not key:
        return None
    for each in dispositions_of(ticket):
        if each.pk == whole_number(key):
            return each
    raise Invalid(_("Choose how the chat came out from the list."), code="bad_disposition")
