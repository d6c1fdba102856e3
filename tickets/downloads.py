"""Answering with a file that somebody sent: as inert as a browser can be told to treat it."""

from __future__ import annotations

from django.http import FileResponse

from core.sniffing import INLINE_IMAGES
from tickets.models import Attachment


def attachment_response(attachment: Attachment, *, inline: bool = False) -> FileResponse:
    """The file as a download; `inline` lets the four plain image types be shown in a page.

    The access check is the caller's (`tickets.permissions.access_attachment` or the visitor's session).
    """
    shown = inline and attachment.content_type in INLINE_IMAGES
    response = FileResponse(
        attachment.file.open("rb"),
        as_attachment=not shown,
        filename=attachment.name,
        content_type=attachment.content_type if shown else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-site"
    response["Cache-Control"] = "private, max-age=3600"
    return response
