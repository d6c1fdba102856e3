from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.widget import Widget
from crm.models import Customer


class KnownVisitor(models.Model):
    """A browser whose site vouched for who uses it, until the signature runs out (`chat.identity`).

    While it holds, the token opens that customer's earlier chats of the same brand.
    """

    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="known_visitors")
    visitor_hash = models.CharField(max_length=64, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("customer"))
    external_id = models.CharField(_("id on the site"), max_length=255)
    expires_at = models.DateTimeField(_("until"))
    known_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("visitor vouched for")
        verbose_name_plural = _("visitors vouched for")
        constraints = [
            models.UniqueConstraint(fields=["widget", "visitor_hash"], name="visitor_known_once_per_widget"),
            models.CheckConstraint(
                condition=Q(visitor_hash__regex=r"^[0-9a-f]{64}$"), name="known_visitor_token_is_hashed"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id
