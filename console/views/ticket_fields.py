"""The fields of a ticket beside the conversation: shown, filled in, refused field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agents.models import Agent
from console.requests import AgentRequest, agent_page, is_fragment
from core.errors import Invalid
from core.text import clean_line
from crm.models import Customer, IdentityKind
from tickets.actions import set_values
from tickets.fields import Field, as_shown, fields_of, lines_of, parse, parse_lines, shown, total_of
from tickets.models import FieldKind, Ticket
from tickets.permissions import access_ticket, visible_customers


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as the form shows it. `typed`: what stands in its box; `problem`: why that was refused."""

    field: Field
    typed: str
    words: str
    lines: tuple[tuple[str, str, str], ...] = ()
    total: str = ""
    problem: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@agent_page
def values(request: AgentRequest, pk: int) -> HttpResponse:
    """The form; POST keeps what can be kept and says at each other field why not."""
    ticket = access_ticket(request.user, pk, "change" if request.method == "POST" else "view")
    if request.method == "POST":
        return _fill(request, ticket)
    if not is_fragment(request):
        return redirect("console:ticket", pk)
    return render(request, "console/_fields.html", fields_context(ticket))


def _fill(request: AgentRequest, ticket: Ticket) -> HttpResponse:
    fields = fields_of(ticket)
    before = ticket.values
    wanted, refused = _read(request.POST, fields, request.user)
    ticket = set_values(request.user, ticket.pk, wanted)
    if not is_fragment(request):
        for _typed, why in refused.values():
            messages.error(request, why)
        return redirect("console:ticket", ticket.pk)
    looks_different = refused or "again" in request.POST or _looks(fields, before) != _looks(fields, ticket.values)
    # Not drawn anew when nothing looks different: the agent types in the next field already.
    response = render(request, "console/_fields.html", fields_context(ticket, refused)) if looks_different else None
    response = response or HttpResponse(status=204)
    response["HX-Trigger"] = "conversation:changed"
    return response


def _looks(fields: list[Field], values: Mapping[str, Any]) -> list[Any]:
    """What decides how the form is drawn: which fields are there, and order lines with their total."""
    asked = shown(fields, values)
    return [(field.key, values.get(field.key) if field.kind == FieldKind.LINES else "") for field in asked]


def fields_context(ticket: Ticket, refused: Mapping[str, tuple[str, str]] | None = None) -> dict[str, Any]:
    """`refused`: by key what was typed and why it could not be kept."""
    asked = [_asked(field, ticket.values.get(field.key)) for field in shown(fields_of(ticket), ticket.values)]
    if refused:
        asked = [_with_problem(each, refused) for each in asked]
    return {"ticket": ticket, "asked": asked, "has_problems": bool(refused)}


def _with_problem(asked: Asked, refused: Mapping[str, tuple[str, str]]) -> Asked:
    typed, problem = refused.get(asked.field.key, (asked.typed, ""))
    return replace(asked, typed=typed, problem=problem)


def _asked(field: Field, value: Any) -> Asked:
    words = as_shown(field, value)
    if field.kind == FieldKind.LINES:
        lines = tuple((line.what, f"{line.quantity:f}", f"{line.price:f}") for line in lines_of(value))
        return Asked(field, "", words, lines=(*lines, ("", "", "")), total=f"{total_of(value):f} {field.currency}")
    if field.kind == FieldKind.MONEY:
        return Asked(field, value["amount"] if value else "", words)
    if field.kind == FieldKind.CUSTOMER:
        return Asked(field, words, words)
    return Asked(field, str(value or ""), words)


def _read(posted: QueryDict, fields: list[Field], agent: Agent) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """What can be kept of the fields that were sent, and what cannot, with the reason."""
    wanted: dict[str, Any] = {}
    refused: dict[str, tuple[str, str]] = {}
    for field in fields:
        try:
            if field.kind == FieldKind.LINES and f"{field.key}.what" in posted:
                parts = [posted.getlist(f"{field.key}.{part}") for part in ("what", "quantity", "price")]
                wanted[field.key] = parse_lines(field, list(zip(*parts, strict=False)))
            elif field.key in posted and field.kind != FieldKind.LINES:
                typed = str(posted[field.key])
                wanted[field.key] = parse(field, _customer(typed, agent) if field.kind == FieldKind.CUSTOMER else typed)
        except Invalid as error:
            refused[field.key] = (str(posted.get(field.key, "")), str(error.message))
    return wanted, refused


def _customer(typed: str, agent: Agent) -> str:
    """The public id of the customer whose address, number or whole name was typed; one that the agent may know."""
    words = clean_line(typed, 320)
    if not words:
        return ""
    known = visible_customers(agent)
    found = known.filter(identities__value=words.lower(), identities__kind__in=IdentityKind.values).first()
    named: list[Customer] = [found] if found else list(known.filter(name__iexact=words)[:2])
    if len(named) != 1:
        raise Invalid(
            _("Several customers have this name: type the address.") if named else _("No customer is known by this.")
        )
    return str(named[0].public_id)
