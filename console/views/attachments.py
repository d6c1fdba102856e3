from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from console.requests import AgentRequest, agent_page
from core.text import clean_line
from tickets.downloads import attachment_response
from tickets.permissions import access_attachment


@require_safe
@agent_page
def download(request: AgentRequest, public_id: str) -> HttpResponseBase:
    """The file, or with `?inline=1` the picture in the page."""
    attachment = access_attachment(request.user, clean_line(public_id, 16))
    return attachment_response(attachment, inline=request.GET.get("inline") == "1")
