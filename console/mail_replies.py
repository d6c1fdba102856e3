"""An answer by email as the composer's form sends it: copies, waiting, confirming."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from console.requests import AgentRequest, whole_number
from console.views.snoozing import snooze_until
from core.errors import Invalid
from core.text import clean_line
from email_inbox.models import PendingReply, PendingState
from email_inbox.outbox import reply_route
from email_inbox.participants import read_addresses
from email_inbox.pending import forget_files, hold_reply, read_files
from email_inbox.replying import Copies, check_recipients, send_reply
from tickets.content import NewMessage
from tickets.models import Message, Ticket


def mail_reply(request: AgentRequest, ticket: Ticket, message: NewMessage) -> Message | PendingReply:
    """Send or hold it. Raises Invalid, NeedsConfirming, and what posting raises."""
    copies = Copies(read_addresses(request.POST.get("cc", "")), read_addresses(request.POST.get("bcc", "")))
    if request.POST.get("confirm") != "1":
        check_recipients(ticket, copies)
    status = clean_line(request.POST.get("status", ""), 20)
    again = _again(request, ticket)
    now = timezone.now()
    later = _later(request, now)
    wait = _seconds_to_undo(ticket) if request.POST.get("hold") == "1" else 0
    if later is not None or wait:
        due_at = later or now + timedelta(seconds=wait)
        return hold_reply(
            *(request.user, ticket, message, copies),
            due_at=due_at,
            is_scheduled=later is not None,
            status=status,
            again=again,
        )
    if again is not None:
        files = (*read_files(again), *message.attachments)
        message = NewMessage(message.text, message.html, files, message.client_id)
    posted = send_reply(request.user, ticket.pk, message, copies, status=status)
    if again is not None:
        forget_files(again)
    return posted


def _later(request: AgentRequest, now: datetime) -> datetime | None:
    """The chosen hour: a preset's name, or `at` with the moment in `later_at`, in the reader's zone."""
    chosen = clean_line(request.POST.get("later", ""), 20)
    if not chosen:
        return None
    if chosen != "at":
        return snooze_until(chosen, now)
    try:
        at = parse_datetime(clean_line(request.POST.get("later_at", ""), 40))
    except ValueError:
        at = None
    if at is None:
        raise Invalid(_("Choose the day and the hour at which the answer should leave."))
    at = at if timezone.is_aware(at) else timezone.make_aware(at)
    if at <= now:
        raise Invalid(_("This moment has passed. Choose a later one."))
    return at


def _again(request: AgentRequest, ticket: Ticket) -> PendingReply | None:
    """The taken back answer whose files are to go along."""
    mine = PendingReply.objects.filter(ticket=ticket, agent=request.user, state=PendingState.CANCELLED)
    found: PendingReply | None = mine.filter(pk=whole_number(request.POST.get("again"))).first()
    return found


def _seconds_to_undo(ticket: Ticket) -> int:
    route = reply_route(ticket)
    return route.mailbox.undo_seconds if route else 0
