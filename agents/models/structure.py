from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from agents.models.calendar import Calendar


class Brand(models.Model):
    """The name under which customers know the company. Conversations of one brand are unseen by agents of another."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("slug"), max_length=50, unique=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#3b5bdb",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour as #rrggbb."))],
    )
    first_response_seconds = models.PositiveIntegerField(
        _("first response target, seconds"),
        default=4 * 3600,
        help_text=_("0 sets no target."),
    )
    chat_alarm_seconds = models.PositiveIntegerField(
        _("alarm when a chat waits for a word, seconds"),
        default=120,
        help_text=_("0 sets no alarm."),
    )
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="brands",
        verbose_name=_("business hours"),
        help_text=_("Open always when empty."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """Agents who share a queue within one brand."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="teams", verbose_name=_("brand"))
    name = models.CharField(_("name"), max_length=100)
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
        verbose_name=_("business hours"),
        help_text=_("The brand's when empty."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="team_name_once_per_brand")]

    def __str__(self) -> str:
        return self.name
