"""Answers that wait before they become messages: to be taken back within seconds, or to leave at a chosen hour."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.models import Agent
from core.errors import AppError, Conflict, Invalid
from core.events import publish
from core.text import check_length, clean_line, clean_text
from core.work import backoff, claim, finish, postpone
from email_inbox.models import Mailbox, PendingFile, PendingReply, PendingState
from email_inbox.outbox import MOST_CHARACTERS, check_can_reply
from email_inbox.replying import Copies, send_reply
from tickets.actions import save_draft
from tickets.content import NewAttachment, NewMessage, check_attachment_sizes
from tickets.events import TicketChanged
from tickets.models import Draft, DraftKind, Ticket

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
LATEST = timedelta(days=365)
MOST_ATTEMPTS = 8


def hold_reply(
    agent: Agent,
    ticket: Ticket,
    message: NewMessage,
    copies: Copies = Copies(),  # noqa: B008 - frozen
    *,
    due_at: datetime,
    is_scheduled: bool = False,
    status: str = "",
    again: PendingReply | None = None,
    mailbox: Mailbox | None = None,
) -> PendingReply:
    """Keep an answer until `due_at`. Checked now as it will be then; idempotent by `client_id`.

    `again`: an answer that was taken back, whose files go along. `mailbox`: from where the first mail of a ticket
    leaves. Raises what `tickets.actions.post_reply` raises.
    """
    message = message.cleaned()
    if again is None or not again.files.exists():
        message.check_not_empty()
    check_attachment_sizes(message.attachments)
    check_length(message.text, MOST_CHARACTERS)
    check_can_reply(ticket)
    if due_at > timezone.now() + LATEST:
        raise Invalid(_("An answer can wait for a year at most."))
    with transaction.atomic():
        pending: PendingReply
        pending, is_new = PendingReply.objects.get_or_create(
            ticket=ticket,
            client_id=message.client_id or uuid.uuid4().hex,
            defaults={
                "agent": agent,
                "text": message.text,
                "cc": list(copies.cc),
                "bcc": list(copies.bcc),
                "status": clean_line(status, 20),
                "mailbox": mailbox,
                "is_scheduled": is_scheduled,
                "due_at": due_at,
            },
        )
        if is_new:
            _keep_files(pending, message.attachments, again)
            Draft.objects.filter(agent=agent, ticket=ticket, kind=DraftKind.REPLY).delete()
            _tell(ticket)
    return pending


def take_back(by: Agent, ticket: Ticket, pending_id: int) -> PendingReply:
    """Stop a waiting answer: its words are `by`'s draft again. Raises Conflict when it has left or was taken back."""
    with transaction.atomic():
        pending = _open(ticket, pending_id)
        pending.state, pending.finished_at = PendingState.CANCELLED, timezone.now()
        pending.save(update_fields=["state", "finished_at"])
        begun = (
            Draft.objects.filter(agent=by, ticket=ticket, kind=DraftKind.REPLY).values_list("text", flat=True).first()
        )
        save_draft(by, ticket, DraftKind.REPLY, "\n\n".join(filter(None, [pending.text, begun])))
        _tell(ticket)
    return pending


def send_at_once(ticket: Ticket, pending_id: int) -> PendingReply:
    """Let a waiting answer leave now. Raises Conflict when it has left or was taken back."""
    with transaction.atomic():
        pending = _open(ticket, pending_id)
        pending.state, pending.due_at, pending.finished_at = PendingState.WAITING, timezone.now(), None
        pending.save(update_fields=["state", "due_at", "finished_at"])
    post_due()
    return pending


def on_the_desk(agent: Agent, ticket: Ticket) -> tuple[list[PendingReply], PendingReply | None]:
    """What will leave and what could not, the next one first; and the newest answer of `agent` that was taken back
    and whose files could go along with the next one. One question to the database."""
    shown = Q(state__in=(PendingState.WAITING, PendingState.FAILED))
    files = PendingFile.objects.filter(reply=OuterRef("pk"))
    mine = Q(Exists(files), state=PendingState.CANCELLED, agent=agent)
    rows = PendingReply.objects.filter(shown | mine, ticket=ticket).order_by("due_at", "pk")
    rows = rows.select_related("agent").prefetch_related("files")
    taken = [row for row in rows if row.state == PendingState.CANCELLED]
    newest = max(taken, key=lambda row: row.finished_at or row.created_at, default=None)
    return [row for row in rows if row.state != PendingState.CANCELLED], newest


def forget_files(pending: PendingReply) -> None:
    """The files of an answer that was taken back are not wanted any more."""
    for file in pending.files.all():
        file.file.delete(save=False)
        file.delete()


def post_due(*, limit: int = 50, now: datetime | None = None) -> int:
    """Make messages of the answers that are due; return how many were tried."""
    rows = PendingReply.objects.select_related("agent", "ticket")
    claimed = claim(rows, limit=limit, lease=LEASE, now=now or timezone.now())
    for pending in claimed:
        _post(pending)
    return len(claimed)


def _post(pending: PendingReply) -> None:
    try:
        with transaction.atomic():
            # Finished first: whoever wants to take it back waits for this row and then sees that it has left.
            if not finish(pending, now=timezone.now(), state=PendingState.SENT, last_error=""):
                return
            posted = send_reply(
                pending.agent,
                pending.ticket_id,
                NewMessage(pending.text, attachments=read_files(pending), client_id=pending.client_id),
                Copies(tuple(pending.cc), tuple(pending.bcc)),
                status=pending.status,
            )
            PendingReply.objects.filter(pk=pending.pk).update(message=posted)
        forget_files(pending)
    except AppError as error:
        _failed(pending, str(error.message))
    except Exception as error:  # a missing file, a database that is away: the others behind it go on
        logger.exception("waiting answer %s could not be posted", pending.pk)
        pending.finished_at = None
        if pending.attempts >= MOST_ATTEMPTS:
            _failed(pending, _("It could not be sent (%(kind)s).") % {"kind": type(error).__name__})
        else:
            postpone(pending, until=timezone.now() + backoff(pending.attempts), error=type(error).__name__)


def _failed(pending: PendingReply, reason: str) -> None:
    now = timezone.now()
    PendingReply.objects.filter(pk=pending.pk).update(
        state=PendingState.FAILED, last_error=clean_text(reason), finished_at=now, lease_until=None, lease_token=None
    )
    _tell(pending.ticket)


def _open(ticket: Ticket, pending_id: int) -> PendingReply:
    pending: PendingReply | None = (
        PendingReply.objects.select_for_update(of=("self",))
        .filter(ticket=ticket, pk=pending_id, state__in=(PendingState.WAITING, PendingState.FAILED))
        .first()
    )
    if pending is None:
        raise Conflict(_("It has left already, or was taken back."))
    return pending


def _keep_files(pending: PendingReply, files: tuple[NewAttachment, ...], again: PendingReply | None) -> None:
    if again is not None:
        PendingFile.objects.filter(reply=again).update(reply=pending)
    for new in files:
        kept = PendingFile(
            reply=pending, name=clean_line(new.name, 255), content_type=clean_line(new.content_type, 127)
        )
        kept.file.save("", ContentFile(new.content), save=False)
        kept.save()


def read_files(pending: PendingReply) -> tuple[NewAttachment, ...]:
    """The kept files as they came."""
    found = []
    for kept in pending.files.all():
        with kept.file.open("rb") as file:
            found.append(NewAttachment(kept.name, file.read(), kept.content_type))
    return tuple(found)


def _tell(ticket: Ticket) -> None:
    publish(TicketChanged(ticket_id=ticket.pk, brand_id=ticket.brand_id, fields=("pending_reply",)))
