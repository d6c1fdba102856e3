"""The outbox: one row for every answer that must leave by email."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.work import Work, due_index
from email_inbox.models.mailbox import Mailbox
from tickets.models import Message, Ticket


class OutboundState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    BOUNCED = "bounced", _("Came back")
    UNCERTAIN = "uncertain", _("Uncertain")


class OutboundEmail(Work):
    """What the sending server needs beside the message itself. Every try carries the same `header_id`.

    An answer has a `message`; a letter (`tickets.letters`: a transcript, a notice) has words of its own instead.

    A forward (`kind`) has a private note as its message, and what it passes on in `forwarded`.

    `uncertain`: the connection ended after the content had been given to the other server and before it answered.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="outbound_email"
    )
    kind = models.CharField(_("kind"), max_length=20, default="answer")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, null=True, blank=True, related_name="letters")
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", verbose_name=_("mailbox"))
    to = models.CharField(_("to"), max_length=320)
    cc = models.JSONField(_("cc"), default=list, blank=True)
    bcc = models.JSONField(_("bcc"), default=list, blank=True)
    forwarded = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="forwards")
    subject = models.CharField(_("subject"), max_length=320)
    header_id = models.CharField(_("Message-ID"), max_length=255, unique=True)
    in_reply_to = models.CharField(max_length=255, blank=True)
    references = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=10, choices=OutboundState, default=OutboundState.QUEUED)
    response = models.CharField(_("answer of the server"), max_length=500, blank=True)
    uncertain_count = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [
            due_index("outbound_due"),
            models.Index(fields=["to", "created_at"], condition=Q(kind="auto"), name="outbound_automatic"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OutboundState.values), name="outbound_state_known"),
            models.CheckConstraint(
                condition=Q(message__isnull=False) | ~Q(text=""), name="outbound_has_something_to_say"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
