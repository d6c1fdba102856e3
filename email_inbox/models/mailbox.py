from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from agents.models import Brand, Team


class Mailbox(models.Model):
    """An address at which customers write to one brand, and from which the answers leave."""

    address = models.EmailField(_("address"), max_length=254, unique=True)
    name = models.CharField(_("display name"), max_length=100, blank=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="mailboxes", verbose_name=_("brand"))
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="mailboxes", verbose_name=_("team")
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("An inactive mailbox refuses new mail."))
    signature = models.TextField(_("signature"), blank=True, help_text=_("Put under every answer."))

    class Meta:
        ordering = ["address"]
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="mailbox_address_lower_case"),
        ]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        self.address = self.address.strip().lower()
        if self.team is not None and self.team.brand_id != self.brand_id:
            raise ValidationError({"team": _("This team works for another brand.")})

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]
