"""The one public page about people: their picture."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from agents.models import Agent
from agents.pictures import FOLDER
from core.sniffing import INLINE_IMAGES, sniff_content_type


@require_safe
def picture(request: HttpRequest, picture_id: str) -> FileResponse:
    """An active agent's picture, for any site that shows our widget. 404 for everything else."""
    agent = Agent.objects.filter(picture=f"{FOLDER}/{picture_id}", is_active=True).first()
    if agent is None:
        raise Http404
    try:
        file = agent.picture.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    content_type = sniff_content_type(file.read(8192))
    file.seek(0)
    if content_type not in INLINE_IMAGES:
        raise Http404
    response = FileResponse(file, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
