from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Brand
from core.ids import opaque_id


class Widget(models.Model):
    """The chat of one brand on its web sites. `public_key` stands in the page's script tag and is no secret."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="widgets", verbose_name=_("brand"))
    name = models.CharField(_("name"), max_length=100)
    public_key = models.CharField(
        _("public key"),
        max_length=40,
        unique=True,
        default=opaque_id,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", _("Letters, digits, - and _ only."))],
    )
    allowed_domains = ArrayField(
        models.CharField(max_length=253),
        default=list,
        blank=True,
        verbose_name=_("allowed domains"),
        help_text=_("Sites that may show it, such as shop.example.com or *.example.com, by commas."),
    )
    title = models.CharField(_("title"), max_length=60, blank=True, help_text=_("The brand's name when empty."))
    greeting = models.CharField(_("greeting"), max_length=300, blank=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour as #rrggbb."))],
        help_text=_("The brand's colour when empty."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("widget")
        verbose_name_plural = _("widgets")
        constraints = [models.CheckConstraint(condition=~models.Q(public_key=""), name="widget_key_not_empty")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_title(self) -> str:
        return self.title or self.brand.name

    @property
    def shown_accent(self) -> str:
        return self.accent or self.brand.accent
