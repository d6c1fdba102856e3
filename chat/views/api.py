"""The HTTP fallback of the protocol, and what the socket is not for: starting, files, looks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from chat import limits
from chat.actions import NewChat, end_chat, identify_visitor, mark_visitor_seen, say, start_chat
from chat.actions.starting import Surroundings
from chat.actions.talking import MAX_CHARACTERS
from chat.frames import ack_frame, config_frame, message_frame, snapshot
from chat.models import ChatSession
from chat.protocol import Fields, client_id
from chat.views.edge import Call, file_too_large
from core.errors import NotFound, TooLarge
from core.text import clean_line
from tickets.content import NewAttachment, NewMessage
from tickets.downloads import attachment_response
from tickets.models import Attachment, Visibility

MOST_FILES = 10


def config(call: Call) -> HttpResponseBase:
    """How this widget looks and what it may send. Needs no token."""
    return JsonResponse(
        config_frame(call.widget, max_characters=MAX_CHARACTERS, max_bytes=settings.ATTACHMENT_MAX_BYTES),
        headers={"Cache-Control": "private, max-age=60"},
    )


def start(call: Call) -> HttpResponseBase:
    """The first words. Repeating the same id returns the same session."""
    visitor_hash = call.visitor_hash
    limits.take(limits.STARTS, visitor_hash)
    limits.take(limits.STARTS_PER_ADDRESS, f"{call.widget.pk}:{_address(call.request)}")
    new = NewChat(
        visitor_hash=visitor_hash,
        message=_message(call),
        name=call.fields.text("name"),
        email=call.fields.text("email").strip(),
        surroundings=_surroundings(call),
    )
    session = start_chat(call.widget, new)
    return JsonResponse(snapshot(session, 0) | {"type": "ready"}, status=201)


def post_message(call: Call) -> HttpResponseBase:
    """Words, files or both (JSON, or multipart with `files`). The answer is the ack; it follows the commit."""
    session = call.session
    limits.take(limits.MESSAGES, session.visitor_hash)
    message = _message(call)
    if message.attachments:
        limits.take(limits.FILES, session.visitor_hash)
    posted = say(session.pk, message)
    return JsonResponse(ack_frame(posted) | {"attachments": message_frame(posted, 0)["attachments"]})


def get_messages(call: Call) -> HttpResponseBase:
    """What followed `after`, and where the chat stands."""
    return JsonResponse(snapshot(call.session, call.fields.seq("after")) | {"type": "ready"})


def seen(call: Call) -> HttpResponseBase:
    mark_visitor_seen(call.session, call.fields.seq("seq"))
    return JsonResponse({})


def end(call: Call) -> HttpResponseBase:
    session = call.session
    end_chat(session, None)
    return _standing(session)


def identify(call: Call) -> HttpResponseBase:
    """Name and email, as the visitor claims them."""
    session = call.session
    limits.take(limits.STARTS, session.visitor_hash)
    identify_visitor(session.pk, name=call.fields.text("name"), email=call.fields.text("email").strip())
    return _standing(session)


def attachment(call: Call) -> HttpResponseBase:
    """A file of the visitor's own chat. Raises NotFound for any other."""
    found = Attachment.objects.filter(
        public_id=clean_line(call.fields.text("attachment"), 16),
        message__ticket_id=call.session.ticket_id,
        message__visibility=Visibility.PUBLIC,
    ).first()
    if found is None:
        raise NotFound()
    return attachment_response(found, inline=True)


def _standing(session: ChatSession) -> JsonResponse:
    fresh = ChatSession.objects.select_related("accepted_by").get(pk=session.pk)
    return JsonResponse(snapshot(fresh, fresh.visitor_seen_seq) | {"type": "ready"})


def _message(call: Call) -> NewMessage:
    return NewMessage(call.fields.text("text"), attachments=_files(call.request), client_id=client_id(call.fields))


def _files(request: HttpRequest) -> tuple[NewAttachment, ...]:
    files = request.FILES.getlist("files")
    if len(files) > MOST_FILES:
        raise TooLarge(_("At most %(most)s files can be sent at once.") % {"most": MOST_FILES})
    _check_sizes(files)
    return tuple(NewAttachment(file.name or "", file.read(), content_type=file.content_type or "") for file in files)


def _check_sizes(files: list[UploadedFile[Any]]) -> None:
    """Before the bytes are read into memory. Raises TooLarge."""
    if sum(file.size or 0 for file in files) > settings.ATTACHMENT_MAX_BYTES:
        raise file_too_large()


def _surroundings(call: Call) -> Surroundings:
    page: Fields = call.fields.inner("page")
    return Surroundings(
        page_url=page.text("url"),
        page_title=page.text("title"),
        referrer=page.text("referrer"),
        user_agent=call.request.headers.get("User-Agent", ""),
        time_zone=call.fields.text("time_zone"),
        language=call.fields.text("language"),
    )


def _address(request: HttpRequest) -> str:
    """The visitor's network address as the outermost trusted proxy saw it."""
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    return forwarded[-proxies] if 0 < proxies <= len(forwarded) else request.META.get("REMOTE_ADDR", "")
