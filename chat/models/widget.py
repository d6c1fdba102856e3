from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Brand, Team
from core.ids import opaque_id
from core.secrets import SecretField

HEX_COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour as #rrggbb."))


class Position(models.TextChoices):
    RIGHT = "right", _("Right")
    LEFT = "left", _("Left")


class Asked(models.TextChoices):
    OFF = "off", _("Not asked")
    OPTIONAL = "optional", _("Asked, may stay empty")
    REQUIRED = "required", _("Required")


class Widget(models.Model):
    """The chat of one brand on its web sites. `public_key` stands in the page's script tag and is no secret;
    `identity_secret` is: with it the site signs who its visitor is (`chat.identity`)."""

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
    identity_secret = SecretField(_("identity secret"), editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    title = models.CharField(_("title"), max_length=60, blank=True, help_text=_("The brand's name when empty."))
    greeting = models.CharField(_("greeting"), max_length=300, blank=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[HEX_COLOUR],
        help_text=_("The brand's colour when empty."),
    )
    position = models.CharField(_("side of the page"), max_length=10, choices=Position, default=Position.RIGHT)
    launcher_text = models.CharField(
        _("words on the launcher"), max_length=40, blank=True, help_text=_("Only the icon when empty.")
    )

    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    contact_email = models.EmailField(_("email address"), blank=True)
    contact_url = models.URLField(_("other ways to reach us"), blank=True)

    departments = models.ManyToManyField(
        Team,
        blank=True,
        related_name="+",
        verbose_name=_("departments"),
        help_text=_("Teams that a visitor may choose from; no choice when empty."),
    )
    ask_name = models.CharField(_("name"), max_length=10, choices=Asked, default=Asked.OPTIONAL)
    ask_email = models.CharField(_("email"), max_length=10, choices=Asked, default=Asked.OPTIONAL)
    ask_topic = models.CharField(_("topic"), max_length=10, choices=Asked, default=Asked.OFF)
    terms_text = models.CharField(
        _("terms to agree to"), max_length=2000, blank=True, help_text=_("No tick is asked for when empty.")
    )
    terms_url = models.URLField(_("link to the terms"), blank=True)
    terms_version = models.CharField(_("version of the terms"), max_length=64, blank=True)

    show_answers = models.BooleanField(_("offer ready answers first"), default=True)
    offer_rating = models.BooleanField(_("ask for a rating"), default=True)
    offer_transcript = models.BooleanField(_("offer the transcript by email"), default=True)
    nudge_after = models.PositiveIntegerField(
        _("ask “Are you still there?” after, seconds"), default=300, help_text=_("0 never asks.")
    )
    close_after = models.PositiveIntegerField(
        _("end the chat after that, seconds"), default=300, help_text=_("0 never ends it.")
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("widget")
        verbose_name_plural = _("widgets")
        constraints = [
            models.CheckConstraint(condition=~Q(public_key=""), name="widget_key_not_empty"),
            models.CheckConstraint(condition=Q(position__in=Position.values), name="widget_position_known"),
            models.CheckConstraint(
                condition=Q(ask_name__in=Asked.values, ask_email__in=Asked.values, ask_topic__in=Asked.values),
                name="widget_asks_in_a_known_way",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_title(self) -> str:
        return self.title or self.brand.name

    @property
    def shown_accent(self) -> str:
        return self.accent or self.brand.accent


class QuestionKind(models.TextChoices):
    TEXT = "text", _("One line")
    LONG = "long", _("Several lines")
    CHOICE = "choice", _("Choice from a list")


class WidgetQuestion(models.Model):
    """Something more that the visitor is asked before the chat."""

    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(_("key"), max_length=40, help_text=_("For reports and integrations: it never changes."))
    label = models.CharField(_("question"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=QuestionKind, default=QuestionKind.TEXT)
    options = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        verbose_name=_("choices"),
        help_text=_("For a choice from a list, by commas."),
    )
    required = models.BooleanField(_("required"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("question before the chat")
        verbose_name_plural = _("questions before the chat")
        constraints = [
            models.UniqueConstraint(fields=["widget", "key"], name="question_key_once_per_widget"),
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="question_kind_known"),
            models.CheckConstraint(
                condition=~Q(key__in=["name", "email", "topic", "department"]),
                name="question_key_is_not_a_built_in",
                violation_error_message=_("This key belongs to a question that the widget asks by itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.kind == QuestionKind.CHOICE and not self.options:
            raise ValidationError({"options": _("Give the choices.")})


class Invitation(models.Model):
    """When the widget speaks first: on these pages, after this time, from this visit on."""

    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="invitations")
    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    text = models.CharField(_("words"), max_length=200)
    page_pattern = models.CharField(
        _("pages"),
        max_length=200,
        default="*",
        help_text=_("Addresses with * for anything, such as */checkout*."),
    )
    after_seconds = models.PositiveIntegerField(_("after, seconds on the page"), default=30)
    min_visits = models.PositiveSmallIntegerField(
        _("from which visit on"), default=1, help_text=_("From 2 on the browser counts visits in its own storage.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.text
