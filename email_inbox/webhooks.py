"""Mail that providers post to us: django-anymail checks who posts and reads the payload, the intake does the rest.

2xx is answered after the COMMIT. The other answers are those upon which the provider does the right thing: it tries
again later (401, 5xx), or stops and tells the sender (the provider's own status for "no such mailbox").
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from urllib.parse import parse_qsl

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.inbound import AnymailInboundMessage
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, InterfaceError, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.text import clean_line
from email_inbox import intake
from email_inbox.mailboxes import mailbox_for
from email_inbox.models import InboundState, Mailbox, Source, WebhookEvent
from email_inbox.parsing import summarise

logger = logging.getLogger(__name__)

PROCESS = "email_inbox.process_mail"
# Attachments travel in base 64, and beside the original there may be its text.
LARGEST_FACTOR = 2
MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class Provider:
    """`secret` in settings.ANYMAIL switches it on. `no_mailbox` is the status that ends its tries."""

    view: Callable[[], MailgunInboundWebhookView | PostmarkInboundWebhookView]
    secret: str
    no_mailbox: int
    original: str
    """The field that holds the mail as it was, when the provider was told to send it."""


PROVIDERS = {
    # "406 (Not Acceptable): Mailgun will determine the POST is rejected and not retry"
    "mailgun": Provider(MailgunInboundWebhookView, "MAILGUN_WEBHOOK_SIGNING_KEY", 406, "body-mime"),
    # "403: Postmark will stop retrying"
    "postmark": Provider(PostmarkInboundWebhookView, "WEBHOOK_SECRET", 403, "RawEmail"),
}


@dataclass(frozen=True, slots=True)
class Posted:
    """One mail of a provider's post."""

    event_id: str
    raw: bytes
    envelope: intake.Envelope


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    known = PROVIDERS.get(provider)
    if known is None or not settings.ANYMAIL.get(known.secret):
        raise Http404
    body = request.read(settings.EMAIL_MAX_BYTES * LARGEST_FACTOR + 1)
    if len(body) > settings.EMAIL_MAX_BYTES * LARGEST_FACTOR:
        return _answer(413, _("The mail is larger than allowed."))
    try:
        posted = _checked(known, request, body)
    except AnymailWebhookValidationFailure:
        logger.warning("a post to the %s webhook did not prove where it comes from", provider)
        return _answer(401, _("This post does not prove where it comes from."))
    except (AnymailConfigurationError, MessageError, LookupError, ValueError, TypeError, AttributeError) as error:
        logger.warning("a post to the %s webhook is not a mail (%s)", provider, type(error).__name__)
        return _answer(400, _("This is not a mail as the provider documents it."))
    try:
        return _take(known, provider, posted)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("a mail from %s was put off: no database (%s)", provider, type(error).__name__)
        return _answer(503, _("It could not be stored just now; please try again later."))


def _take(known: Provider, provider: str, posted: Posted) -> HttpResponse:
    mailboxes = _mailboxes_of(posted)
    if not mailboxes:
        return _answer(known.no_mailbox, _("There is no mailbox here with that address."))
    with transaction.atomic():
        event, is_new = WebhookEvent.objects.get_or_create(provider=provider, event_id=posted.event_id)
        if not is_new:
            return _answer(200, _("It was here before."))
        stored = [intake.receive(posted.raw, box, Source.WEBHOOK, posted.envelope) for box in mailboxes]
        event.inbound = stored[0]
        event.save(update_fields=["inbound"])
    for inbound in stored:
        if inbound.state == InboundState.RECEIVED:
            _process_soon(inbound.pk)
    return _answer(200, _("Stored."))


def _mailboxes_of(posted: Posted) -> list[Mailbox]:
    """Whom the envelope names; else (mail forwarded to the provider's own address) whom the header names."""
    for addresses in (posted.envelope.recipients, tuple(summarise(posted.raw).recipients)):
        found = {box.pk: box for box in map(mailbox_for, addresses) if box is not None}
        if found:
            return [found[pk] for pk in sorted(found)]  # always in one order: no two wait for each other in a ring
    return []


def _process_soon(pk: int) -> None:
    """A broker that is away costs seconds: the tick processes what was received."""
    try:
        current_app.send_task(PROCESS, (pk,), ignore_result=True, retry=False)
    except Exception:
        logger.warning("no broker for mail %s; the next tick will process it", pk)


def _checked(known: Provider, request: HttpRequest, body: bytes) -> Posted:
    """Raises AnymailWebhookValidationFailure for a post that is not the provider's, others for what is not a mail."""
    fields = _form(body, request.META.get("CONTENT_TYPE", "")) if request.content_type != "application/json" else {}
    copy = _with_body(request, body, fields)
    view = known.view()
    view.run_validators(copy)
    (event,) = view.parse_events(copy)
    if request.content_type == "application/json":
        original = json.loads(body).get(known.original, "")
        raw = original.encode("utf-8", "surrogateescape")
    else:
        raw = bytes(fields.get(known.original, b""))
    raw = raw or _rebuilt(event.message)
    recipients = tuple(part.strip() for part in (event.message.envelope_recipient or "").split(",") if part.strip())
    sender = event.message.envelope_sender
    envelope = intake.Envelope(clean_line(sender, 320) if sender is not None else None, recipients)
    return Posted(clean_line(str(event.event_id or hashlib.sha256(body).hexdigest()), 255), raw, envelope)


def _rebuilt(message: AnymailInboundMessage) -> bytes:
    """A mail made anew from the provider's parts of it, where it does not send the original.

    From the same parts it is the same mail to the byte, boundaries too: posted again, it is known (ADR 010).
    """
    parts = list(message.walk())
    leaves = "".join(str(part.get_payload()) for part in parts if not part.is_multipart())
    digest = hashlib.sha256(leaves.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    for number, part in enumerate(parts):
        if part.get_content_maintype() == "multipart" and part.get_boundary() is None:
            part.set_boundary(f"{digest}-{number}")
    return bytes(message.as_bytes(policy=message.policy.clone(utf8=True, linesep="\r\n")))


def _with_body(request: HttpRequest, body: bytes, fields: dict[str, bytes | SimpleUploadedFile]) -> HttpRequest:
    """The request with its body read already: Django's own reading would refuse mails over the limit for forms."""
    copy = HttpRequest()
    copy.method, copy.META = request.method, request.META
    copy.content_type, copy.content_params = request.content_type, request.content_params
    copy._body = body
    post = QueryDict(mutable=True)
    for name, value in fields.items():
        if isinstance(value, bytes):
            post[name] = value.decode("utf-8", "replace")
        else:
            copy.FILES[name] = value
    copy.POST = post  # type: ignore[assignment]
    return copy


def _form(body: bytes, content_type: str) -> dict[str, bytes | SimpleUploadedFile]:
    """The fields of a form, byte for byte, and its files. Raises ValueError."""
    kind, options = parse_header_parameters(content_type)
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="latin-1"
        )
        return {name: value.encode("latin-1") for name, value in pairs}
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ValueError("not a form")
    return dict(map(_field, _parts(body, options["boundary"].encode())))


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """RFC 7578: the boundary occurs in no part."""
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_FIELDS)
    return [part.removeprefix(b"\r\n") for part in parts[1:] if not part.startswith(b"--")]


def _field(part: bytes) -> tuple[str, bytes | SimpleUploadedFile]:
    head, _blank, content = part.partition(b"\r\n\r\n")
    header = dict(line.decode("utf-8", "replace").partition(":")[::2] for line in head.split(b"\r\n"))
    header = {name.strip().lower(): value.strip() for name, value in header.items()}
    _kind, options = parse_header_parameters(header.get("content-disposition", ""))
    if header.get("content-transfer-encoding", "").lower() == "base64":
        content = base64.b64decode(content)
    if "filename" in options:
        kind = header.get("content-type", "application/octet-stream")
        return options.get("name", ""), SimpleUploadedFile(_file_name(options["filename"]), content, kind)
    return options.get("name", ""), content


def _file_name(given: str) -> str:
    """Only its last part, and never one that Django's files refuse."""
    name = clean_line(given.replace("\\", "/").rpartition("/")[2], 200)
    return name if name.strip(". ") else "attachment"


def _answer(status: int, words: str) -> HttpResponse:
    return HttpResponse(words + "\n", status=status, content_type="text/plain; charset=utf-8")
