from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from email_inbox.models.inbound import InboundEmail


class WebhookEvent(models.Model):
    """One mail that a provider posted to us, by the provider's own number: its second post of it changes nothing."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    inbound = models.ForeignKey(InboundEmail, on_delete=models.SET_NULL, null=True, related_name="+")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_event_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
