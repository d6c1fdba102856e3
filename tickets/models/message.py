from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from core.ids import opaque_id
from core.storage import random_path
from crm.models import Customer
from tickets.models.ticket import Ticket


class Direction(models.TextChoices):
    INBOUND = "in", _("From the customer")
    OUTBOUND = "out", _("To the customer")
    INTERNAL = "internal", _("Internal")


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private note")


class AuthorKind(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Agent")
    SYSTEM = "system", _("System")


class Delivery(models.TextChoices):
    """What is known about an outbound message's way to the customer. Inbound and notes have none."""

    NONE = "", _("Not applicable")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    SEEN = "seen", _("Seen")
    FAILED = "failed", _("Not delivered")


class Message(models.Model):
    """One thing that was said. `seq` counts from 1 without a gap within its ticket; rows are never renumbered."""

    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveIntegerField()
    channel = models.CharField(_("channel"), max_length=20)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility)
    author_kind = models.CharField(_("author"), max_length=10, choices=AuthorKind)
    agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    customer = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
    )
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("sanitised HTML"), blank=True)
    delivery = models.CharField(
        _("delivery"),
        max_length=10,
        choices=Delivery,
        default=Delivery.NONE,
        blank=True,
    )
    delivery_error = models.CharField(_("delivery error"), max_length=500, blank=True)
    # The sender's own id of this message: a second arrival of the same id is the same message.
    client_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null means "none" for UNIQUE
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ["ticket", "seq"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["ticket", "client_id"], name="message_client_id_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="message_seq_from_one"),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.PUBLIC) | Q(direction=Direction.INTERNAL),
                name="message_private_is_internal",
            ),
            models.CheckConstraint(
                condition=~Q(direction=Direction.INTERNAL) | Q(visibility=Visibility.PRIVATE),
                name="message_internal_is_private",
            ),
            models.CheckConstraint(condition=Q(delivery__in=Delivery.values), name="message_delivery_known"),
        ]
        indexes = [
            models.Index(
                fields=["delivery"],
                condition=Q(delivery__in=["queued", "sending", "failed"]),
                name="message_undelivered",
            ),
            # Rows come in the order of time, so a few pages of block ranges find "today" among five million.
            BrinIndex(fields=["created_at"], pages_per_range=32, autosummarize=True, name="message_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id}/{self.seq}"

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC


class Attachment(models.Model):
    """A file that came with a message. `content_type` is what the bytes are, not what the sender said."""

    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("content type"), max_length=127)
    size = models.PositiveBigIntegerField(_("size, bytes"))
    sha256 = models.CharField(max_length=64)
    content_id = models.CharField(max_length=255, blank=True)
    is_inline = models.BooleanField(_("shown in the text"), default=False)
    file = models.FileField(upload_to=random_path, max_length=255)

    class Meta:
        ordering = ["id"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name
