from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customer import Customer


class IdentityKind(models.TextChoices):
    EMAIL = "email", _("Email")
    PHONE = "phone", _("Telephone")
    VISITOR = "visitor", _("Widget visitor")
    EXTERNAL = "external", _("External id")


class Proof(models.TextChoices):
    """How we know that the identity is theirs, weakest first."""

    CLAIMED = "claimed", _("Claimed, not proved")
    SENDER = "sender", _("Wrote from this address")
    DEVICE = "device", _("Same browser")
    SIGNED = "signed", _("Vouched for by the site")
    AGENT = "agent", _("Confirmed by an agent")


class Identity(models.Model):
    """One way to recognise a customer. `value` is normalised and unique per kind; `display` is as it was written."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(_("kind"), max_length=20, choices=IdentityKind)
    value = models.CharField(_("value"), max_length=320)
    display = models.CharField(_("as written"), max_length=320, blank=True)
    proof = models.CharField(_("proof"), max_length=20, choices=Proof, default=Proof.CLAIMED)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="identity_once"),
            models.CheckConstraint(condition=~Q(value=""), name="identity_not_empty"),
            models.CheckConstraint(condition=Q(kind__in=IdentityKind.values), name="identity_kind_known"),
            models.CheckConstraint(condition=Q(proof__in=Proof.values), name="identity_proof_known"),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("value"), name="gin_trgm_ops"),
                name="identity_value_trigram",
            )
        ]

    def __str__(self) -> str:
        return self.display or self.value
