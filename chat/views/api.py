"""The HTTP fallback of the protocol, and what the socket is not for: starting, files, looks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat import limits
from chat.actions import (
    NewChat,
    end_chat,
    forget_visitor,
    identify_visitor,
    keep_place,
    leave_message,
    mark_visitor_seen,
    recognise_visitor,
    say,
    start_chat,
)
from chat.actions.starting import Surroundings
from chat.actions.talking import MAX_CHARACTERS, mark_visitors_got
from chat.config import config_frame
from chat.frames import ack_frame, chat_frame, message_frame, snapshot
from chat.languages import choose_language
from chat.models import ChatSession
from chat.protocol import Fields, client_id
from chat.selectors import chats_of_visitor
from chat.views.edge import Call, file_too_large
from core.errors import Invalid, NotFound, TooLarge
from core.sniffing import is_program
from core.text import clean_line
from tickets.content import NewAttachment, NewMessage
from tickets.downloads import attachment_response
from tickets.models import Attachment, Visibility

MOST_FILES = 10
MOST_EARLIER = 20


def config(call: Call) -> HttpResponseBase:
    """How this widget looks, what it asks and says in `language`, and who is there. Needs no token."""
    language = choose_language(call.fields.text("language"))
    with translation.override(language):
        frame = config_frame(
            call.widget,
            language,
            max_characters=MAX_CHARACTERS,
            max_bytes=settings.ATTACHMENT_MAX_BYTES,
            now=timezone.now(),
        )
        # Whether somebody is there holds for seconds, not for minutes.
        return JsonResponse(frame, headers={"Cache-Control": "private, max-age=10"})


def start(call: Call) -> HttpResponseBase:
    """The first words. Repeating the same id returns the same session."""
    session = start_chat(call.widget, _new_chat(call))
    return JsonResponse(snapshot(session, 0) | {"type": "ready"}, status=201)


def leave(call: Call) -> HttpResponseBase:
    """The same form while nobody is there. Repeating the same id returns the same answer."""
    left = leave_message(call.widget, _new_chat(call))
    return JsonResponse({"left": True, "email": left.email}, status=201)


def keep(call: Call) -> HttpResponseBase:
    """Go, and keep the place in line: answers come by email too."""
    session = call.session
    limits.take(limits.WISHES, session.visitor_hash)
    keep_place(session.pk, call.fields.text("email").strip())
    return _standing(session)


def _new_chat(call: Call) -> NewChat:
    """Raises SlowDown, BadFrame, BadIdentity."""
    visitor_hash = call.visitor_hash
    limits.take(limits.STARTS, visitor_hash)
    limits.take(limits.STARTS_PER_ADDRESS, f"{call.widget.pk}:{call.address}")
    if token := call.fields.text("jwt"):
        recognise_visitor(call.widget, visitor_hash, token)
    return NewChat(
        visitor_hash=visitor_hash,
        message=_message(call),
        name=call.fields.text("name"),
        email=call.fields.text("email").strip(),
        answers=call.fields.inner("answers").members,
        department=call.fields.text("department"),
        address=call.address,
        phone=call.fields.text("phone") or call.fields.inner("answers").text("phone"),
        terms=call.fields.text("terms"),
        invitation=call.fields.text("invitation"),
        surroundings=_surroundings(call),
    )


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
    """What followed `after`, and where the chat stands. Also for the earlier chats of whom the site vouches for.

    A browser that asks what followed has all before it: where sockets are blocked, this is its `got`.
    """
    session, after = call.readable_session, call.fields.seq("after")
    if after and session.visitor_hash == call.visitor_hash:
        mark_visitors_got({session.ticket_id: after})
    return JsonResponse(snapshot(session, after) | {"type": "ready"})


def history(call: Call) -> HttpResponseBase:
    """The chats that this browser may read, newest first."""
    chats = chats_of_visitor(call.widget, call.visitor_hash, now=timezone.now())[:MOST_EARLIER]
    return JsonResponse({"chats": [chat_frame(session) for session in chats]})


def seen(call: Call) -> HttpResponseBase:
    mark_visitor_seen(call.session, call.fields.seq("seq"))
    return JsonResponse({})


def end(call: Call) -> HttpResponseBase:
    session = call.session
    end_chat(session, None)
    return _standing(session)


def identify(call: Call) -> HttpResponseBase:
    """Name and email, as the visitor claims them; or `jwt`, by which the site vouches for its visitor, also before a
    chat; or `forget`, when the visitor has logged out of the site."""
    visitor_hash = call.visitor_hash
    limits.take(limits.WISHES, visitor_hash)
    if call.fields.flag("forget"):
        forget_visitor(call.widget, visitor_hash)
        return JsonResponse({"known": False, "name": ""})
    token = call.fields.text("jwt")
    known = recognise_visitor(call.widget, visitor_hash, token) if token else None
    if not call.fields.text("session"):
        return JsonResponse({"known": known is not None, "name": known.customer.name if known else ""})
    session = call.session
    name, email = call.fields.text("name"), call.fields.text("email").strip()
    if name or email:
        identify_visitor(session.pk, name=name, email=email)
    return _standing(session)


def attachment(call: Call) -> HttpResponseBase:
    """A file of the visitor's own chat. Raises NotFound for any other."""
    found = Attachment.objects.filter(
        public_id=clean_line(call.fields.text("attachment"), 16),
        message__ticket_id=call.readable_session.ticket_id,
        message__visibility=Visibility.PUBLIC,
    ).first()
    if found is None:
        raise NotFound()
    return attachment_response(found, inline=True)


def _standing(session: ChatSession) -> JsonResponse:
    fresh = ChatSession.objects.select_related("ticket__team", "accepted_by").get(pk=session.pk)
    return JsonResponse(snapshot(fresh, fresh.visitor_seen_seq) | {"type": "ready"})


def _message(call: Call) -> NewMessage:
    return NewMessage(call.fields.text("text"), attachments=_files(call.request), client_id=client_id(call.fields))


def _files(request: HttpRequest) -> tuple[NewAttachment, ...]:
    files = request.FILES.getlist("files")
    if len(files) > MOST_FILES:
        raise TooLarge(_("At most %(most)s files can be sent at once.") % {"most": MOST_FILES})
    _check_sizes(files)
    return tuple(_attachment(file) for file in files)


def _attachment(file: UploadedFile[Any]) -> NewAttachment:
    """Raises Invalid for a program: an agent has no use for one that a stranger sends."""
    content = file.read()
    if is_program(content):
        name = clean_line(file.name or "", 80)
        raise Invalid(
            _("“%(name)s” is a program: files of this kind cannot be sent.") % {"name": name}, code="file_type"
        )
    return NewAttachment(file.name or "", content, content_type=file.content_type or "")


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
