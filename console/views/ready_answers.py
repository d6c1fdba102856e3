"""Ready answers while writing: what `/` offers, and the words of the one chosen."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from console.requests import AgentRequest, agent_page
from console.selectors.ready_answers import first_name_of, ready_answers, usable_answers
from core.errors import NotFound
from knowledge.actions import record_used
from knowledge.placeholders import fill
from tickets.permissions import access_ticket


@require_safe
@agent_page
def search(request: AgentRequest, pk: int) -> HttpResponse:
    ticket = access_ticket(request.user, pk, "reply")
    return render(request, "console/_ready_answers.html", {"answers": ready_answers(ticket, request.GET.get("q", ""))})


@require_POST
@agent_page
def use(request: AgentRequest, pk: int, public_id: str) -> HttpResponse:
    """The answer's words with its placeholders filled, for the composer; counts as used."""
    ticket = access_ticket(request.user, pk, "reply")
    answer = usable_answers(ticket).filter(public_id=public_id[:16]).first()
    if answer is None:
        raise NotFound()
    record_used(answer, request.user)
    return JsonResponse({"text": fill(answer.text, first_name=first_name_of(ticket), agent_name=request.user.name)})
