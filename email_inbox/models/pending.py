"""Answers that were sent by an agent and wait: for the seconds in which they can be taken back, or for their hour."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.storage import random_path
from core.work import Work, due_index
from email_inbox.models.mailbox import Mailbox
from tickets.models import Message, Ticket


class PendingState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Taken back")
    FAILED = "failed", _("Failed")


class PendingReply(Work):
    """What will be posted and put into the outbox at `due_at` unless it is taken back before.

    Until then it is no message: no clock stops, no number is given, nobody but the agents sees it. `client_id` is the
    composer's: the message carries it on, so that neither a double click nor a repeated post says it twice.
    `mailbox`: the one chosen for a mail that opens its ticket; answers leave by the ticket's own route.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="pending_replies")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("agent"))
    text = models.TextField(_("text"), blank=True)
    cc = models.JSONField(_("cc"), default=list, blank=True)
    bcc = models.JSONField(_("bcc"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=20, blank=True)
    client_id = models.CharField(max_length=64)
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("mailbox")
    )
    is_scheduled = models.BooleanField(_("for a chosen time"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=PendingState, default=PendingState.WAITING)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("waiting answer")
        verbose_name_plural = _("waiting answers")
        indexes = [
            due_index("pending_reply_due"),
            models.Index(
                fields=["ticket"], condition=Q(state__in=["waiting", "failed"]), name="pending_reply_of_ticket"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "client_id"], name="pending_reply_once"),
            models.CheckConstraint(condition=Q(state__in=PendingState.values), name="pending_reply_state_known"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.state}"


class PendingFile(models.Model):
    """A file of a waiting answer, kept until the message has it or the answer is taken back."""

    reply = models.ForeignKey(PendingReply, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("content type"), max_length=127, blank=True)
    file = models.FileField(upload_to=random_path, max_length=255)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("file of a waiting answer")
        verbose_name_plural = _("files of waiting answers")

    def __str__(self) -> str:
        return self.name
