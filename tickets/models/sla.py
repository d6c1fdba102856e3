from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.work import Work, due_index
from tickets.models.ticket import Ticket


class SlaKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")


class SlaOutcome(models.TextChoices):
    RUNNING = "running", _("Running")
    MET = "met", _("Met")
    BREACHED = "breached", _("Breached")
    CANCELLED = "cancelled", _("Cancelled")


class SlaTimer(Work):
    """A promise with a due moment. `due_at` is when it breaks; a tick looks at the due ones (`tickets.tasks`)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="sla_timers")
    kind = models.CharField(_("kind"), max_length=20, choices=SlaKind)
    outcome = models.CharField(_("outcome"), max_length=10, choices=SlaOutcome, default=SlaOutcome.RUNNING)

    class Meta:
        verbose_name = _("SLA timer")
        verbose_name_plural = _("SLA timers")
        indexes = [
            due_index("sla_timer_due"),
            models.Index(fields=["due_at"], condition=Q(outcome="breached"), name="sla_timer_breached"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                condition=Q(finished_at__isnull=True),
                name="one_running_timer_per_kind",
            ),
            models.CheckConstraint(condition=Q(outcome__in=SlaOutcome.values), name="sla_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of #{self.ticket_id}: {self.outcome}"
