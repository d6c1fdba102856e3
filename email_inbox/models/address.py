from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AddressState(models.TextChoices):
    OK = "ok", _("Reachable")
    BOUNCED = "bounced", _("Mail came back")


class MailAddress(models.Model):
    """What is known about an address that mail was sent to. BOUNCED until mail comes from it, or is accepted for it."""

    address = models.CharField(_("address"), max_length=320, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=AddressState, default=AddressState.OK)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    bounces = models.PositiveIntegerField(_("times that mail came back"), default=0)
    changed_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        ordering = ["-changed_at"]
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AddressState.values), name="mail_address_state_known"),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="mail_address_lower_case"),
        ]

    def __str__(self) -> str:
        return self.address
