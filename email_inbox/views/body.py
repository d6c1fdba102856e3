"""The mail as its sender laid it out, for the console's frame."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from core.errors import NotFound
from email_inbox.models import InboundEmail
from email_inbox.remote_images import fetch_image
from email_inbox.rendering import BODY_POLICY, RemoteAddress, body_html
from email_inbox.views.ledger import as_download
from tickets.models import Message
from tickets.permissions import access_message

_SALT = "email_inbox.remote_image"


@login_required
@require_GET
def message_body(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mail's document; with `?images=1` remote images are shown, through `remote_image`."""
    message = access_message(request.user, public_id)
    found = body_html(message, _images(message), _proxy_for(message) if request.GET.get("images") == "1" else None)
    # Sanitised at intake by the allow-list of `parsing.html`; only our own tags are added here.
    context = {"body": mark_safe(found.html), "remote_images": found.remote_images}
    response = render(request, "email_inbox/message_body.html", context)
    response["Content-Security-Policy"] = BODY_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=300"
    return response


@login_required
@require_GET
def message_original(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mail that a message came with, byte for byte, for whoever may read the conversation."""
    message = access_message(request.user, public_id)
    found = InboundEmail.objects.filter(message=message).order_by("pk").first()
    if found is None:
        raise NotFound()
    return as_download(found)


@login_required
@require_GET
def remote_image(request: HttpRequest, public_id: str) -> HttpResponse:
    """A remote picture of this very mail, fetched in the agent's stead. Only addresses that we signed are fetched."""
    message = access_message(request.user, public_id)
    try:
        signed_id, url = signing.loads(request.GET.get("u", ""), salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound() from error
    if signed_id != message.public_id:
        raise NotFound()
    image = fetch_image(url)
    response = HttpResponse(image.content, content_type=image.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _proxy_for(message: Message) -> RemoteAddress:
    path = reverse("email_inbox:remote_image", args=[message.public_id])
    return lambda url: f"{path}?{urlencode({'u': signing.dumps([message.public_id, url], salt=_SALT)})}"


def _images(message: Message) -> dict[str, str]:
    """Content id -> address of the stored image. The console owns that address, only its name is known here."""
    try:
        return {
            attachment.content_id: reverse("console:attachment", args=[attachment.public_id]) + "?inline=1"
            for attachment in message.attachments.exclude(content_id="")
        }
    except NoReverseMatch:
        return {}
