from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from tickets.models.ticket import Ticket

LOWEST, HIGHEST = 1, 5


class Rating(models.Model):
    """What the customer thought of how one matter was handled: 1 (very bad) to 5 (very good), over any channel.

    `agent` is who had the ticket when it was rated: a later reassignment does not move the praise or the blame.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(_("score"))
    comment = models.CharField(_("comment"), max_length=2000, blank=True)
    channel = models.CharField(_("channel"), max_length=20)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="ratings", verbose_name=_("agent")
    )
    rated_at = models.DateTimeField(_("rated"), default=timezone.now)

    class Meta:
        ordering = ["-rated_at"]
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        indexes = [
            models.Index(fields=["-rated_at"], name="rating_newest"),
            models.Index(fields=["agent", "-rated_at"], name="rating_by_agent"),
        ]
        constraints = [models.CheckConstraint(condition=Q(score__range=(LOWEST, HIGHEST)), name="rating_score_known")]

    def __str__(self) -> str:
        return f"#{self.ticket_id}: {self.score}/{HIGHEST}"
