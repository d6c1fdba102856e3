"""The mail as its sender laid it out, for the console's frame."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from email_inbox.rendering import BODY_POLICY, body_html
from tickets.models import Message
from tickets.permissions import access_message


@login_required
@require_GET
def message_body(request: HttpRequest, public_id: str) -> HttpResponse:
    message = access_message(request.user, public_id)
    # Sanitised at intake by the allow-list of `parsing.html`; only our own tags are added here.
    body = mark_safe(body_html(message, _images(message)))
    response = render(request, "email_inbox/message_body.html", {"body": body})
    response["Content-Security-Policy"] = BODY_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=300"
    return response


def _images(message: Message) -> dict[str, str]:
    """Content id -> address of the stored image. The console owns that address, only its name is known here."""
    try:
        return {
            attachment.content_id: reverse("console:attachment", args=[attachment.public_id]) + "?inline=1"
            for attachment in message.attachments.exclude(content_id="")
        }
    except NoReverseMatch:
        return {}
