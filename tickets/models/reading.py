"""What one agent has seen of a ticket and has begun to write."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from tickets.models.ticket import Ticket


class TicketRead(models.Model):
    """The highest message number an agent has looked at; a ticket is unread while its `last_seq` is higher."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="reads")
    seq = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket"], name="read_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} read #{self.ticket_id} to {self.seq}"


class DraftKind(models.TextChoices):
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Note")


class Draft(models.Model):
    """Unsent words, kept on the server so that a crash or another browser loses nothing."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=10, choices=DraftKind)
    text = models.TextField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "ticket", "kind"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.agent_id} on #{self.ticket_id}"
