from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Brand


class BlockKind(models.TextChoices):
    ADDRESS = "address", _("Address")
    DOMAIN = "domain", _("Domain")


class BlockedSender(models.Model):
    """A sender whose mail goes to spam: one address, or a domain with everything below it. Set by people only."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+", verbose_name=_("brand"))
    kind = models.CharField(_("kind"), max_length=10, choices=BlockKind)
    value = models.CharField(_("address or domain"), max_length=320)
    blocked_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("blocked by")
    )
    blocked_at = models.DateTimeField(_("blocked"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["value"]
        verbose_name = _("blocked sender")
        verbose_name_plural = _("blocked senders")
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "value"], name="sender_blocked_once"),
            models.CheckConstraint(condition=Q(kind__in=BlockKind.values), name="block_kind_known"),
            models.CheckConstraint(condition=Q(value=Lower("value")), name="block_value_lower_case"),
        ]

    def __str__(self) -> str:
        return self.value
