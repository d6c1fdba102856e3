from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SinkMail(models.Model):
    """A mail that left a demo and was caught instead of delivered (`manage.py mailsink`). Never in production."""

    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = models.CharField(max_length=1000)
    subject = models.CharField(max_length=300, blank=True)
    content = models.BinaryField()
    caught_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("caught demo mail")
        verbose_name_plural = _("caught demo mails")

    def __str__(self) -> str:
        return f"{self.envelope_to}: {self.subject}"
