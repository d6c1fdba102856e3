from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from tickets.models import Ticket


class ParticipantKind(models.TextChoices):
    CC = "cc", _("Copied on answers")
    FORWARD = "forward", _("Was forwarded this conversation")


class Participant(models.Model):
    """Somebody beside the customer who has a part in a ticket: their mails join it.

    Made by an agent alone: by sending them a copy, by forwarding, or by letting a stranger in. An answer goes to those
    of kind CC as well; who was forwarded something is written to only when somebody says so.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="participants")
    address = models.CharField(_("address"), max_length=254)
    name = models.CharField(_("name"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ParticipantKind, default=ParticipantKind.CC)
    added_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "address"], name="participant_once"),
            models.CheckConstraint(condition=Q(kind__in=ParticipantKind.values), name="participant_kind_known"),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="participant_address_lower_case"),
        ]

    def __str__(self) -> str:
        return self.address
