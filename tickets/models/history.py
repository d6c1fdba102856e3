from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from tickets.models.ticket import Ticket


class EventKind(models.TextChoices):
    OPENED = "opened", _("Opened")
    STATUS = "status", _("Status")
    ASSIGNEE = "assignee", _("Assignee")
    TEAM = "team", _("Team")
    PRIORITY = "priority", _("Priority")
    TYPE = "type", _("Type")
    SUBJECT = "subject", _("Subject")
    TAGS = "tags", _("Tags")
    SNOOZE = "snooze", _("Snooze")
    CUSTOMER = "customer", _("Customer")
    CHAT = "chat", _("Chat")
    DELIVERY = "delivery", _("Delivery")
    RATING = "rating", _("Rating")
    SLA = "sla", _("Deadline")
    STRANGER = "stranger", _("Stranger in thread")
    ROUTING = "routing", _("Routing")
    PARTICIPANT = "participant", _("Participant")
    LINK = "link", _("Link")
    FIELD = "field", _("Field")


class ActorKind(models.TextChoices):
    AGENT = "agent", _("Agent")
    CUSTOMER = "customer", _("Customer")
    SYSTEM = "system", _("System")


class TicketEvent(models.Model):
    """Everything that happened to a ticket and was not a message. Append-only: a database trigger refuses UPDATE.

    `data` holds what the line in the timeline needs, usually {"from": ..., "to": ...} as readable values.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="history", db_index=False)
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind)
    actor_kind = models.CharField(_("by"), max_length=10, choices=ActorKind)
    # The trigger forbids the UPDATE that SET_NULL would need: agents are deactivated, not deleted.
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    data = models.JSONField(default=dict)
    # The message that was the newest when this happened: places the line in the timeline.
    after_seq = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("history line")
        verbose_name_plural = _("history")
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="history_by_ticket")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.kind}"
