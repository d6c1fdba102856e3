from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Brand, Team
from core.ids import opaque_id
from crm.models import Customer


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    PENDING = "pending", _("Waiting on customer")
    ON_HOLD = "on_hold", _("On hold")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")


# Somebody on our side still has something to do, or waits for somebody.
ACTIVE_STATUSES = (Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD)


class Priority(models.IntegerChoices):
    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")


class TicketType(models.TextChoices):
    QUESTION = "question", _("Question")
    REQUEST = "request", _("Request")
    ORDER = "order", _("Order")
    PROBLEM = "problem", _("Problem")
    COMPLAINT = "complaint", _("Complaint")
    PRAISE = "praise", _("Praise")


class Ticket(models.Model):
    """One matter of one customer.

    `last_seq` is the highest message number given; it moves only under this row's lock (`tickets.actions`).
    `last_activity_at` orders lists; `excerpt` is the last public words, kept here so that a list needs no join.
    """

    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("brand"))
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("customer"),
    )
    channel = models.CharField(_("channel"), max_length=20)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("team"),
    )
    assignee = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("assignee"),
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    type = models.CharField(_("type"), max_length=20, choices=TicketType, default=TicketType.QUESTION)
    tags = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        verbose_name=_("tags"),
    )
    # By the keys of its fields (tickets.fields).
    values = models.JSONField(_("values"), default=dict, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        verbose_name=_("merged into"),
        db_index=False,
        editable=False,
    )

    last_seq = models.PositiveIntegerField(default=0, editable=False)
    excerpt = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_activity_at = models.DateTimeField(_("last activity"), default=timezone.now, editable=False)
    waiting_since = models.DateTimeField(_("customer waiting since"), null=True, blank=True, editable=False)
    first_response_at = models.DateTimeField(_("first response"), null=True, blank=True, editable=False)
    solved_at = models.DateTimeField(_("solved"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-last_activity_at", "-id"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            # Every list is "newest activity first within what I may see": keyset on (last_activity_at, id).
            models.Index(fields=["brand", "-last_activity_at", "-id"], name="ticket_list_all"),
            models.Index(
                fields=["brand", "-last_activity_at", "-id"],
                condition=Q(status__in=ACTIVE_STATUSES),
                name="ticket_list_active",
            ),
            models.Index(
                fields=["brand", "-last_activity_at", "-id"],
                condition=Q(status__in=ACTIVE_STATUSES, assignee__isnull=True),
                name="ticket_list_unassigned",
            ),
            models.Index(
                fields=["assignee", "-last_activity_at", "-id"],
                condition=Q(status__in=ACTIVE_STATUSES),
                name="ticket_list_mine",
            ),
            models.Index(
                fields=["team", "-last_activity_at", "-id"],
                condition=Q(status__in=ACTIVE_STATUSES),
                name="ticket_list_team",
            ),
            models.Index(fields=["customer", "-created_at"], name="ticket_by_customer"),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="ticket_snoozed",
            ),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="ticket_absorbed"),
            GinIndex(fields=["tags"], name="ticket_tags"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="ticket_status_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="ticket_priority_known"),
            models.CheckConstraint(condition=Q(type__in=TicketType.values), name="ticket_type_known"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status=Status.CLOSED), name="ticket_merged_is_closed"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="ticket_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE_STATUSES
