"""Customers: the list with search, one customer with everything that was said."""

from __future__ import annotations

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.requests import AgentRequest, agent_page, is_fragment
from console.selectors.people import customer_page, customer_panel
from console.views.shell import rail_context
from core.text import clean_line
from crm.actions import update_customer
from tickets.permissions import access_customer, visible_tickets


@require_safe
@agent_page
def customer_list(request: AgentRequest) -> HttpResponse:
    search = clean_line(request.GET.get("q", ""))
    context: dict[str, Any] = {
        "page": customer_page(request.user, search=search, after=request.GET.get("after", "")),
        "search": search,
        "section": "customers",
    }
    if is_fragment(request):
        template = "console/_customer_rows.html" if request.GET.get("after") else "console/_customer_list.html"
        return render(request, template, context)
    return render(request, "console/customers.html", context | rail_context(request, timezone.now()))


@require_safe
@agent_page
def customer(request: AgentRequest, public_id: str) -> HttpResponse:
    found = access_customer(request.user, clean_line(public_id, 16))
    prefetch_related_objects([found], "identities")
    context = {"panel": customer_panel(found, visible_tickets(request.user)), "section": "customers"}
    return render(request, "console/customer.html", context | rail_context(request, timezone.now()))


@require_POST
@agent_page
def profile(request: AgentRequest, public_id: str) -> HttpResponse:
    """Change the name or what every agent should know."""
    found = access_customer(request.user, clean_line(public_id, 16))
    found = update_customer(found.pk, name=request.POST.get("name"), about=request.POST.get("about"))
    if is_fragment(request):
        return render(request, "console/_customer_profile.html", {"customer": found, "saved": True})
    return redirect("console:customer", found.public_id)
