from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Availability(models.TextChoices):
    ONLINE = "online", _("Online")
    BUSY = "busy", _("Busy")
    LAST_CALL = "last_call", _("Last call")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")


WORKING = (Availability.ONLINE, Availability.BUSY, Availability.LAST_CALL)
"""At their desk with what they have; of these only ONLINE is given more."""


NO_ANSWER = "No answer"
"""Why somebody is away who was asked again and again and did not react; they come back by saying so."""


class AwayReason(models.Model):
    """Why somebody is away, to be chosen from. Periods keep the name, so a reason may be renamed or switched off."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["order", "name"]
        verbose_name = _("reason for being away")
        verbose_name_plural = _("reasons for being away")
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="away_reason_has_a_name")]

    def __str__(self) -> str:
        return self.name


class AvailabilityPeriod(models.Model):
    """How long an agent was in one state, for reports. The open period has no end; there is one per agent."""

    agent = models.ForeignKey("agents.Agent", on_delete=models.CASCADE, related_name="availability_periods")
    state = models.CharField(_("state"), max_length=20, choices=Availability)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("availability period")
        verbose_name_plural = _("availability periods")
        indexes = [models.Index(fields=["agent", "-started_at"], name="availability_by_agent")]
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(ended_at__isnull=True),
                name="one_open_period_per_agent",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="availability_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state}"
