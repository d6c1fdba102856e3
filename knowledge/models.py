from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Brand
from core.ids import opaque_id

QUESTION_LIMIT = 300
TEXT_LIMIT = 10_000
KEYWORDS_LIMIT = 500
SHORTCUT_LIMIT = 40


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    INDONESIAN = "id", _("Indonesian")
    GREEK = "el", _("Greek")
    CHINESE = "zh-hans", _("Chinese")


class AnswerState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Answer(models.Model):
    """One question and its answer in one language. Versions of the same article in other languages share `group`.

    `brand`, `public` and `shortcut` are the article's: `knowledge.actions` keeps them equal within a group.
    `search` and `latin` are made by the action that writes the words (`knowledge.searching`). `version` counts
    saves, so that nobody overwrites a colleague unknowingly. Counters repeat what the `AnswerUse` rows say.
    """

    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    group = models.CharField(max_length=16, default=opaque_id, editable=False)
    brand = models.ForeignKey(
        Brand,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("brand"),
        help_text=_("Every brand when empty."),
    )
    language = models.CharField(_("language"), max_length=16, choices=Language, default=Language.ENGLISH)
    question = models.CharField(_("question"), max_length=QUESTION_LIMIT)
    text = models.TextField(_("answer"), max_length=TEXT_LIMIT)
    keywords = models.CharField(
        _("keywords"),
        max_length=KEYWORDS_LIMIT,
        blank=True,
        help_text=_("Other words that people use for this, separated by commas."),
    )
    state = models.CharField(_("state"), max_length=10, choices=AnswerState, default=AnswerState.DRAFT)
    public = models.BooleanField(_("shown to customers"), default=True)
    shortcut = models.CharField(
        _("shortcut"),
        max_length=SHORTCUT_LIMIT,
        blank=True,
        validators=[RegexValidator(r"^[a-z0-9-]*\Z", _("Small letters, digits and - only."))],
        help_text=_("Typed after / while writing a reply."),
    )

    shown = models.PositiveIntegerField(_("shown"), default=0, editable=False)
    helped = models.PositiveIntegerField(_("helped"), default=0, editable=False)
    not_helped = models.PositiveIntegerField(_("did not help"), default=0, editable=False)
    used = models.PositiveIntegerField(_("used by agents"), default=0, editable=False)

    search = SearchVectorField(null=True, editable=False)
    latin = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    updated_by = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("changed by"),
    )

    class Meta:
        ordering = ["question", "id"]
        verbose_name = _("help article")
        verbose_name_plural = _("help articles")
        indexes = [
            GinIndex(fields=["search"], name="answer_search"),
            GinIndex(OpClass("latin", name="gin_trgm_ops"), name="answer_latin_trigram"),
            models.Index(fields=["brand", "language"], condition=Q(state="published"), name="answer_published"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["group", "language"], name="answer_language_once_per_article"),
            models.UniqueConstraint(
                fields=["brand", "language", "shortcut"],
                condition=~Q(shortcut="") & ~Q(state="retired"),
                nulls_distinct=False,
                name="answer_shortcut_once",
            ),
            models.CheckConstraint(condition=~Q(question=""), name="answer_question_not_empty"),
            models.CheckConstraint(condition=~Q(text=""), name="answer_text_not_empty"),
            models.CheckConstraint(condition=Q(state__in=AnswerState.values), name="answer_state_known"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="answer_language_known"),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def helped_percent(self) -> int | None:
        """Of the customers who said so, how many were helped; None when nobody said."""
        said = self.helped + self.not_helped
        return round(100 * self.helped / said) if said else None


class UseKind(models.TextChoices):
    SHOWN = "shown", _("Shown to a customer")
    HELPED = "helped", _("Helped")
    NOT_HELPED = "not_helped", _("Did not help")
    USED = "used", _("Put into a reply")


VERDICTS = (UseKind.HELPED, UseKind.NOT_HELPED)


class AnswerUse(models.Model):
    """One use of an answer. A visitor counts once per answer and day (UTC) as shown, and has one verdict on it.

    `led_to_chat`: the answer was said to help, yet the visitor began a chat within the hour: no chat was saved.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="uses")
    kind = models.CharField(_("kind"), max_length=10, choices=UseKind)
    visitor_hash = models.CharField(max_length=64, blank=True, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    led_to_chat = models.BooleanField(_("led to a chat"), default=False)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("use of a help article")
        verbose_name_plural = _("uses of help articles")
        indexes = [
            models.Index(fields=["visitor_hash", "-at"], condition=Q(kind="helped"), name="answer_helped_visitor"),
            models.Index(fields=["kind", "-at"], name="answer_use_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "visitor_hash", "day"], condition=Q(kind="shown"), name="answer_shown_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["answer", "visitor_hash", "day"],
                condition=Q(kind__in=("helped", "not_helped")),
                name="answer_one_verdict_a_day",
            ),
            models.CheckConstraint(condition=Q(kind__in=UseKind.values), name="answer_use_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.kind}"
