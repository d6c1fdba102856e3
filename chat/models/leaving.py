"""What goes by email because nobody was there, on one side or the other."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.session import ChatSession
from chat.models.widget import Widget
from core.work import Work, due_index
from tickets.models import Message, Ticket


class LeftMessage(models.Model):
    """The widget's form, sent while nobody was there: an email ticket. Sending the same form again finds it here."""

    widget = models.ForeignKey(Widget, on_delete=models.PROTECT, related_name="+", verbose_name=_("widget"))
    visitor_hash = models.CharField(max_length=64, editable=False)
    start_id = models.CharField(max_length=64, editable=False)
    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="left_message")
    email = models.CharField(_("email given"), max_length=320, blank=True)
    phone = models.CharField(
        _("telephone for the call back"), max_length=40, blank=True, help_text=_("Given when they asked to be called.")
    )
    page_url = models.CharField(_("page"), max_length=2000, blank=True)
    answers = models.JSONField(_("answers"), default=list, blank=True)
    left_at = models.DateTimeField(_("left"), default=timezone.now)

    class Meta:
        ordering = ["-left_at"]
        verbose_name = _("message left in the widget")
        verbose_name_plural = _("messages left in the widget")
        constraints = [
            models.UniqueConstraint(fields=["visitor_hash", "start_id"], name="message_left_once"),
            models.CheckConstraint(condition=Q(visitor_hash__regex=r"^[0-9a-f]{64}$"), name="left_token_is_hashed"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.email}"


class EmailFallback(Work):
    """A reply to a visitor who left and keeps their place: by email, unless it reached the widget by `due_at`."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="+")
    sent = models.BooleanField(_("sent by email"), default=False)

    class Meta:
        verbose_name = _("reply that may go by email")
        verbose_name_plural = _("replies that may go by email")
        indexes = [due_index("chat_fallback_due")]

    def __str__(self) -> str:
        return str(self.message_id)
