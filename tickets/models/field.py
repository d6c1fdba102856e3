from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agents.models import Brand
from tickets.models.ticket import TicketType

MOST_CHOICES = 200


class FieldKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    CHOICE = "choice", _("Choice")
    DATE = "date", _("Date")
    CUSTOMER = "customer", _("Customer")
    MONEY = "money", _("Money")
    LINES = "lines", _("Order lines")


class TicketField(models.Model):
    """One thing more that is asked about tickets. Its values stand in `Ticket.values` under `key`.

    `types` empty: of every type. `shown_if`: only while the field with that key has one of `shown_for`. A field with
    the key of a built-in one (`tickets.fields.BUILT_IN`) takes its place. A retired field keeps its values.
    """

    brand = models.ForeignKey(
        Brand,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brand"),
        help_text=_("Empty: all brands."),
    )
    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Small letters, digits and _ only, a letter first."))],
        help_text=_("Its name in the API; it cannot be changed later without losing values."),
    )
    label = models.CharField(_("label"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind, default=FieldKind.TEXT)
    types = ArrayField(
        models.CharField(max_length=20, choices=TicketType),
        default=list,
        blank=True,
        verbose_name=_("ticket types"),
        help_text=_("Empty: of every type."),
    )
    choices = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, size=MOST_CHOICES, verbose_name=_("choices")
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three letters, as EUR."))],
        help_text=_("Of money and order lines: three letters (ISO 4217)."),
    )
    is_required = models.BooleanField(_("required before solving"), default=False)
    shown_if = models.CharField(_("shown only if the field"), max_length=40, blank=True, help_text=_("Its key."))
    shown_for = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, verbose_name=_("has one of these values")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("ticket field")
        verbose_name_plural = _("ticket fields")
        constraints = [
            models.UniqueConstraint(fields=["brand", "key"], name="ticket_field_key_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(kind__in=FieldKind.values), name="ticket_field_kind_known"),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.kind == FieldKind.CHOICE and not self.choices:
            raise ValidationError({"choices": _("A choice needs something to choose from.")})
        if self.shown_if and self.shown_if == self.key:
            raise ValidationError({"shown_if": _("A field cannot depend on itself.")})
        if bool(self.shown_if) != bool(self.shown_for):
            raise ValidationError({"shown_for": _("Name the field and the values together.")})
