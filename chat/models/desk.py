"""What agents add to a chat: how it came out, colleagues who join or take over, visitors who are kept out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Brand, Team
from chat.models.session import ChatSession
from chat.models.widget import Widget


class BlockedVisitor(models.Model):
    """Somebody who may not start chats or write in them, until a moment or for good: their browser, whoever the site
    says they are, and, where the agent asked for it, who gives this email or comes from this network."""

    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="blocked", verbose_name=_("widget"))
    visitor_hash = models.CharField(max_length=64, editable=False)
    external_id = models.CharField(_("number on the web site"), max_length=200, blank=True)
    email = models.CharField(_("email"), max_length=320, blank=True)
    # Emptied after chat.actions.blocking.ADDRESS_FOR: addresses are shared, and change hands.
    address_hash = models.CharField(max_length=64, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("For good when empty."))
    created_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("blocked by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("blocked visitor")
        verbose_name_plural = _("blocked visitors")
        constraints = [
            models.UniqueConstraint(fields=["widget", "visitor_hash"], name="visitor_blocked_once_per_widget"),
            models.CheckConstraint(condition=Q(visitor_hash__regex=r"^[0-9a-f]{64}$"), name="blocked_token_is_hashed"),
        ]

    def __str__(self) -> str:
        return self.reason or str(self.pk)


class VisitorAddress(models.Model):
    """From where a chat was started, for some days, so that an agent can block it: a keyed hash of the network
    address, which nobody reads and nothing else uses."""

    session = models.OneToOneField(ChatSession, on_delete=models.CASCADE, primary_key=True, related_name="network")
    address_hash = models.CharField(max_length=64, editable=False)
    noted_at = models.DateTimeField(_("noted"), default=timezone.now)

    class Meta:
        verbose_name = _("network address of a visitor")
        verbose_name_plural = _("network addresses of visitors")
        indexes = [models.Index(fields=["noted_at"], name="visitor_address_noted")]
        constraints = [
            models.CheckConstraint(condition=Q(address_hash__regex=r"^[0-9a-f]{64}$"), name="visitor_address_hashed")
        ]

    def __str__(self) -> str:
        return str(self.session_id)


class TransferState(models.TextChoices):
    ASKED = "asked", _("Asked")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")


class ChatTransfer(models.Model):
    """A running chat offered to one colleague or to a team, with what they need to know. It stays where it is until
    somebody accepts."""

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="transfers")
    from_agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    to_agent = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    to_team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    summary = models.TextField(_("summary"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TransferState, default=TransferState.ASKED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("transfer of a chat")
        verbose_name_plural = _("transfers of chats")
        indexes = [models.Index(fields=["asked_at"], condition=Q(state="asked"), name="chat_transfer_asked")]
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(state="asked"), name="one_open_transfer_per_chat"),
            models.CheckConstraint(condition=Q(state__in=TransferState.values), name="chat_transfer_state_known"),
            models.CheckConstraint(
                condition=Q(to_agent__isnull=False, to_team__isnull=True)
                | Q(to_agent__isnull=True, to_team__isnull=False),
                name="chat_transfer_to_agent_or_team",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | ~Q(state="asked") & Q(decided_at__isnull=False),
                name="chat_transfer_decided_when_not_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.state}"


class ChatGuest(models.Model):
    """A colleague asked to help in a chat that stays its agent's."""

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="guests")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    invited_by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    class Meta:
        ordering = ["joined_at", "pk"]
        verbose_name = _("colleague in a chat")
        verbose_name_plural = _("colleagues in chats")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "agent"], condition=Q(left_at__isnull=True), name="guest_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("joined_at")), name="guest_leaves_after_joining"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.agent_id}"


class Disposition(models.Model):
    """How a chat came out, to be chosen at its end: "Solved", "Bought", "Complaint". Without a brand it is every
    brand's."""

    brand = models.ForeignKey(
        Brand, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("brand")
    )
    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "name"]
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "name"], name="disposition_name_once_per_brand", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(name=""), name="disposition_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
