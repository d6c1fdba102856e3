from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LOWEST_LEVEL = 1
HIGHEST_LEVEL = 5


class SkillKind(models.TextChoices):
    SKILL = "skill", _("Skill")
    LANGUAGE = "language", _("Language")


class Skill(models.Model):
    """What an agent can be good at, by which contacts find them. A language also has its tag: "de", "zh-hans"."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=SkillKind, default=SkillKind.SKILL)
    language = models.CharField(
        _("language"),
        max_length=16,
        blank=True,
        help_text=_("The tag of a language, such as de or pt-BR; customers who speak it prefer these agents."),
    )

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [
            models.UniqueConstraint(fields=["language"], condition=~Q(language=""), name="one_skill_per_language"),
            models.CheckConstraint(
                condition=Q(kind="language") & ~Q(language="") | Q(kind="skill", language=""),
                name="only_a_language_has_a_tag",
                violation_error_message=_("A language needs its tag, another skill has none."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.language = self.language.strip().lower()
        if self.language and not all(part.isalnum() and part.isascii() for part in self.language.split("-")):
            raise ValidationError({"language": _("Write a language tag such as de or pt-BR.")})


class AgentSkill(models.Model):
    """How good an agent is at something, from 1 (can get by) to 5 (nobody better)."""

    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="skill_levels")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="agent_levels", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=3,
        validators=[MinValueValidator(LOWEST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)],
        help_text=_("From 1 (can get by) to 5 (nobody better)."),
    )

    class Meta:
        ordering = ["skill__kind", "skill__name"]
        verbose_name = _("skill of an agent")
        verbose_name_plural = _("skills of agents")
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="one_level_per_agent_and_skill"),
            models.CheckConstraint(
                condition=Q(level__range=(LOWEST_LEVEL, HIGHEST_LEVEL)), name="agent_skill_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"
