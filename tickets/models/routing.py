from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Brand, Skill, Team
from tickets.models.ticket import Priority, Ticket

WHOLE_PLACE = 100
"""Loads and capacities are in percent of one chat place."""


class Method(models.TextChoices):
    """By what the choice falls among those who may take a contact."""

    LONGEST_IDLE = "longest_idle", _("Longest idle")
    LEAST_LOADED = "least_loaded", _("Least loaded")
    ROUND_ROBIN = "round_robin", _("Round robin")


class Mode(models.TextChoices):
    OFFER = "offer", _("Offered to one agent, who accepts or declines")
    AUTO = "auto", _("Given to one agent at once")
    PICK = "pick", _("Agents take from the list")


class FullRule(models.TextChoices):
    """What a new customer gets when the queue is full."""

    MESSAGE = "message", _("A message, and the form for an answer by email")
    OVERFLOW = "overflow", _("A place in the overflow team's queue")
    CALLBACK = "callback", _("The form for being called back")


class TeamRouting(models.Model):
    """The rules of one queue: a brand's, or one team's in it. A queue without a row follows the defaults here."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="routing_rules", verbose_name=_("brand"))
    team = models.ForeignKey(
        Team,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="routing_rules",
        verbose_name=_("team"),
        help_text=_("Empty: contacts without a team, and those of every team that has no queue of its own."),
    )
    method = models.CharField(_("choice by"), max_length=20, choices=Method, default=Method.LONGEST_IDLE)
    mode = models.CharField(_("how contacts reach agents"), max_length=10, choices=Mode, default=Mode.PICK)
    offer_seconds = models.PositiveSmallIntegerField(
        _("seconds to accept"), default=25, validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    overflow_team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("overflow team"),
        help_text=_("Helps with contacts that have waited too long."),
    )
    overflow_after_seconds = models.PositiveIntegerField(_("overflow after, seconds"), default=60)
    wrap_up_seconds = models.PositiveSmallIntegerField(
        _("wrap-up, seconds"),
        default=0,
        help_text=_("How long the place stays taken after a contact, unless the agent is done before. 0: no wrap-up."),
    )
    max_waiting = models.PositiveIntegerField(_("most waiting"), default=0, help_text=_("0 sets no limit."))
    full_rule = models.CharField(_("when the queue is full"), max_length=10, choices=FullRule, default=FullRule.MESSAGE)
    full_message = models.CharField(_("message when full"), max_length=300, blank=True)
    route_email = models.BooleanField(_("route email too"), default=False)
    chat_weight = models.PositiveSmallIntegerField(
        _("weight of a chat"),
        default=WHOLE_PLACE,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("Percent of one chat place."),
    )
    email_weight = models.PositiveSmallIntegerField(
        _("weight of an email"),
        default=25,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("Percent of one chat place."),
    )
    prefer_last_agent = models.BooleanField(_("prefer the customer's last agent"), default=True)

    class Meta:
        ordering = ["brand__name", "team__name"]
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        constraints = [
            models.UniqueConstraint(fields=["brand", "team"], nulls_distinct=False, name="one_rule_per_queue"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="routing_method_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="routing_mode_known"),
            models.CheckConstraint(condition=Q(full_rule__in=FullRule.values), name="routing_full_rule_known"),
            models.CheckConstraint(condition=Q(chat_weight__gt=0, email_weight__gt=0), name="routing_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} · {self.team}" if self.team_id else str(self.brand)

    def clean(self) -> None:
        """Raise ValidationError, by field, for rules under which contacts would wait for ever or go astray."""
        wrong: dict[str, Any] = {}
        if self.team is not None and self.team.brand_id != self.brand_id:
            wrong["team"] = _("This team belongs to another brand.")
        if self.overflow_team is not None:
            if self.overflow_team.brand_id != self.brand_id:
                wrong["overflow_team"] = _("This team belongs to another brand.")
            elif self.overflow_team_id == self.team_id:
                wrong["overflow_team"] = _("A team cannot be its own overflow.")
        elif self.full_rule == FullRule.OVERFLOW:
            wrong["overflow_team"] = _("Choose the team that helps when the queue is full.")
        wrong |= dict.fromkeys(self._too_heavy(), _("No agent of this brand carries that much: nobody would get it."))
        if wrong:
            raise ValidationError(wrong)

    def _too_heavy(self) -> list[str]:
        most = Agent.objects.filter(is_active=True, brands=self.brand_id).aggregate(most=Max("chat_capacity"))["most"]
        weights = {"chat_weight": self.chat_weight, "email_weight": self.email_weight}
        return [name for name, weight in weights.items() if most and weight and weight > most * WHOLE_PLACE]


class QueueSkill(models.Model):
    """What the contacts of a queue ask of an agent."""

    routing = models.ForeignKey(TeamRouting, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(
        _("level"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)], help_text=_("1 to 5")
    )
    required = models.BooleanField(
        _("required"), default=True, help_text=_("Otherwise who has it is preferred, and nobody is shut out.")
    )

    class Meta:
        ordering = ["skill__name"]
        verbose_name = _("skill of a queue")
        verbose_name_plural = _("skills of queues")
        constraints = [
            models.UniqueConstraint(fields=["routing", "skill"], name="one_level_per_queue_and_skill"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="queue_skill_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


class EntryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Offered")
    HELD = "held", _("With an agent")
    WRAP_UP = "wrap_up", _("Wrap-up")
    DONE = "done", _("Done")
    LEFT = "left", _("Left")


IN_QUEUE = (EntryState.WAITING, EntryState.OFFERED)
OPEN_ENTRY = (*IN_QUEUE, EntryState.HELD)
LOADING = (EntryState.OFFERED, EntryState.HELD, EntryState.WRAP_UP)
"""States in which the entry's weight counts on its agent's desk."""


class QueueEntry(models.Model):
    """One contact's way through a queue: from its arrival to the end of the wrap-up.

    `agent` is who is asked, who holds it, or who wraps it up: one column, so that there is never a second. Whoever
    changes `agent` or leaves a state of `LOADING` changes that agent's `Desk.load` in the same transaction. Rows change
    under the row lock, taken after the ticket's and before the desk's.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="queue_entries")
    channel = models.CharField(_("channel"), max_length=20)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+", verbose_name=_("brand"))
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    overflow_team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("overflow team")
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    weight = models.PositiveSmallIntegerField(_("weight"), default=WHOLE_PLACE)
    state = models.CharField(_("state"), max_length=10, choices=EntryState, default=EntryState.WAITING)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="queue_entries", verbose_name=_("agent")
    )
    preferred_agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("preferred agent")
    )
    # [{"skill": id, "level": 1..5}, ...]
    required = models.JSONField(_("required skills"), default=list, blank=True)
    preferred = models.JSONField(_("preferred skills"), default=list, blank=True)
    entered_at = models.DateTimeField(_("in line since"), default=timezone.now)
    held_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("contact ended"), null=True, blank=True)
    wrap_up_until = models.DateTimeField(_("wrap-up until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    offers: models.Manager[Any]

    class Meta:
        ordering = ["-priority", "entered_at", "id"]
        verbose_name = _("contact in a queue")
        verbose_name_plural = _("contacts in queues")
        indexes = [
            models.Index(
                fields=["brand", "-priority", "entered_at", "id"], condition=Q(state="waiting"), name="queue_waiting"
            ),
            models.Index(fields=["agent"], condition=Q(state__in=LOADING), name="queue_by_agent"),
            models.Index(fields=["wrap_up_until"], condition=Q(state="wrap_up"), name="queue_wrap_up"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(state__in=OPEN_ENTRY), name="one_open_queue_entry"),
            models.CheckConstraint(condition=Q(state__in=EntryState.values), name="queue_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=LOADING, agent__isnull=False) | ~Q(state__in=LOADING),
                name="queue_agent_matches_state",
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="queue_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.state}"


class OfferState(models.TextChoices):
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    TIMED_OUT = "timed_out", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Offer(models.Model):
    """One agent was asked, and why this one (`tickets.routing.choosing.Decision.why`)."""

    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="offers")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="offers", verbose_name=_("agent"))
    state = models.CharField(_("state"), max_length=10, choices=OfferState, default=OfferState.OFFERED)
    offered_at = models.DateTimeField(_("offered"))
    expires_at = models.DateTimeField(_("to be answered until"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.CharField(_("reason for declining"), max_length=200, blank=True)
    why = models.JSONField(_("why this agent"), default=dict)

    class Meta:
        ordering = ["-offered_at", "-id"]
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="offered"), name="offer_expires"),
            models.Index(fields=["agent", "-offered_at"], name="offer_by_agent"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="offered"), name="one_open_offer_per_entry"),
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="offer_state_known"),
            models.CheckConstraint(
                condition=Q(state="offered", decided_at__isnull=True)
                | (~Q(state="offered") & Q(decided_at__isnull=False)),
                name="offer_decision_matches_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} to {self.agent_id}: {self.state}"


class Desk(models.Model):
    """What one agent carries now. The load is the sum of the weights of their entries in a state of `LOADING`."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="desk")
    load = models.PositiveIntegerField(_("load"), default=0)
    capacity = models.PositiveIntegerField(_("capacity"))
    # Since when they carry nothing; null while they carry something.
    idle_since = models.DateTimeField(_("idle since"), null=True, blank=True)
    last_given_at = models.DateTimeField(_("last given"), null=True, blank=True)

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        constraints = [
            models.CheckConstraint(condition=Q(load__lte=F("capacity")), name="desk_never_over_capacity"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.load}/{self.capacity}"
