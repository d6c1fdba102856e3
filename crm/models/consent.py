from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customer import Customer


class Consent(models.Model):
    """What a customer agreed to, in the words they saw, when, and how we know (GDPR Art. 7 (1) asks for proof).

    `version` names the wording for people, `text_sha256` for machines; `proof` holds what the edge knew at the moment
    (page, browser, the opaque id of the chat), never a bearer secret.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(_("kind"), max_length=40)
    version = models.CharField(_("version"), max_length=64, blank=True)
    text = models.TextField(_("text agreed to"))
    text_sha256 = models.CharField(max_length=64, editable=False)
    source = models.CharField(_("where"), max_length=100)
    proof = models.JSONField(_("proof"), default=dict, blank=True)
    given_at = models.DateTimeField(_("given"), default=timezone.now)

    class Meta:
        ordering = ["-given_at"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["customer", "-given_at"], name="consent_by_customer")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "text_sha256", "source"],
                name="one_consent_per_text_and_source",
            ),
            models.CheckConstraint(condition=Q(text_sha256__regex=r"^[0-9a-f]{64}$"), name="consent_text_is_hashed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}".strip()
