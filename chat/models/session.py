from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from chat.models.widget import Invitation, Widget
from core.ids import opaque_id
from crm.models import Proof
from tickets.models import Ticket


class State(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ACTIVE = "active", _("Active")
    ENDED = "ended", _("Ended")


class EndedBy(models.TextChoices):
    NOBODY = "", _("Nobody yet")
    VISITOR = "visitor", _("Visitor")
    AGENT = "agent", _("Agent")
    SYSTEM = "system", _("System")


class ChatSession(models.Model):
    """The live part of a chat ticket: who is at the other end, from where, and how far they have read.

    The visitor's token is a bearer secret made in the browser; only its SHA-256 is stored. Rows change under the
    ticket's row lock, except the two `*_seen_seq`, which only ever grow.
    """

    public_id = models.CharField(max_length=16, unique=True, default=opaque_id, editable=False)
    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="chat_session")
    widget = models.ForeignKey(Widget, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("widget"))
    visitor_hash = models.CharField(max_length=64, editable=False)
    # The browser's id of the start: also the client id of the first message. A retried start finds it again.
    start_id = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)

    visitor_name = models.CharField(_("name given"), max_length=200, blank=True)
    visitor_email = models.CharField(_("email given"), max_length=320, blank=True)
    proof = models.CharField(_("how the identity was proved"), max_length=20, choices=Proof, default=Proof.DEVICE)
    page_url = models.CharField(_("page"), max_length=2000, blank=True)
    page_title = models.CharField(_("page title"), max_length=300, blank=True)
    referrer = models.CharField(_("came from"), max_length=2000, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)

    answers = models.JSONField(_("answers before the chat"), default=list, blank=True)
    invitation = models.ForeignKey(
        Invitation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("invitation")
    )

    started_at = models.DateTimeField(_("started"), default=timezone.now)
    # Since when it stands in line: the start, or the moment at which it was taken up again.
    queued_at = models.DateTimeField(_("in line since"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=10, choices=EndedBy, default=EndedBy.NOBODY, blank=True)
    disposition = models.ForeignKey(
        "chat.Disposition",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("disposition"),
    )
    summary = models.TextField(_("summary"), blank=True)
    # The visitor left a message and keeps their place: answers go by email while they are away.
    reply_by_email = models.BooleanField(_("answers by email"), default=False)
    nudged_at = models.DateTimeField(_("asked whether still there"), null=True, blank=True)
    transcript_sent_at = models.DateTimeField(_("transcript sent"), null=True, blank=True)
    transcripts = models.PositiveSmallIntegerField(default=0, editable=False)
    agent_got_seq = models.PositiveIntegerField(default=0)
    visitor_seen_seq = models.PositiveIntegerField(default=0)
    agent_seen_seq = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("chat session")
        verbose_name_plural = _("chat sessions")
        indexes = [
            models.Index(fields=["queued_at"], condition=Q(state="waiting"), name="chat_waiting"),
            models.Index(fields=["accepted_at"], condition=Q(state="active"), name="chat_active"),
            models.Index(fields=["-ended_at"], condition=Q(state="ended"), name="chat_ended"),
            models.Index(fields=["visitor_hash", "-started_at"], name="chat_by_visitor"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["visitor_hash", "start_id"], name="chat_started_once"),
            models.UniqueConstraint(
                fields=["visitor_hash", "widget"],
                condition=Q(state__in=["waiting", "active"]),
                name="one_open_chat_per_visitor",
            ),
            models.CheckConstraint(condition=Q(visitor_hash__regex=r"^[0-9a-f]{64}$"), name="chat_token_is_hashed"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="chat_state_known"),
            models.CheckConstraint(condition=Q(proof__in=Proof.values), name="chat_proof_known"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at__isnull=True, ended_by="")),
                name="chat_end_matches_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(accepted_at__isnull=False), name="chat_active_was_accepted"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(accepted_at__isnull=True), name="chat_waiting_is_not_accepted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state != State.ENDED
