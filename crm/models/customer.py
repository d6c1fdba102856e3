from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import opaque_id


class Organisation(models.Model):
    """A company or household that customers belong to."""

    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """One person who contacts us, whatever the channel.

    `merged_into` is set when two records turned out to be one person: the survivor is shown everywhere.
    """

    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
    )
    language = models.CharField(_("language"), max_length=16, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    about = models.TextField(_("about"), blank=True, help_text=_("What every agent should know."))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        editable=False,
    )

    class Meta:
        ordering = ["-last_contact_at", "-id"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                name="customer_name_trigram",
            ),
            models.Index(
                F("last_contact_at").desc(nulls_last=True),
                "id",
                name="customer_by_last_contact",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="customer_not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return self.name or str(_("Visitor %(id)s") % {"id": self.public_id[:6]})
