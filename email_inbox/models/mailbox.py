from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from agents.models import Brand, Team
from core.secrets import Secret, SecretField
from email_inbox.models.servers import Security, is_loopback

PLACEHOLDERS = ("agent", "team", "brand", "mailbox", "number")
"""What may stand in braces in signatures, disclaimers, news lines and acknowledgements."""


class AddedWords(models.Model):
    """What the house adds to the mails of a mailbox."""

    signature = models.TextField(
        _("signature"),
        blank=True,
        help_text=_("Put under every answer. {agent}, {team}, {brand}, {mailbox}, {number}: filled in."),
    )
    disclaimer = models.TextField(_("legal disclaimer"), blank=True, help_text=_("In small print under every mail."))
    news = models.CharField(_("news line"), max_length=300, blank=True, help_text=_("One line above the disclaimer."))
    acknowledgement = models.TextField(
        _("acknowledgement"),
        blank=True,
        help_text=_("For a mail that opens a ticket; never to machines, thrice a day at most."),
    )

    class Meta:
        abstract = True


class Mailbox(AddedWords):
    """An address at which customers write to one brand, and from which the answers leave."""

    address = models.EmailField(_("address"), max_length=254, unique=True)
    name = models.CharField(_("display name"), max_length=100, blank=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="mailboxes", verbose_name=_("brand"))
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="mailboxes", verbose_name=_("team")
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("An inactive mailbox refuses new mail."))
    undo_seconds = models.PositiveSmallIntegerField(
        _("seconds to take an answer back"), default=10, validators=[MaxValueValidator(120)]
    )
    reopen_days = models.PositiveSmallIntegerField(
        _("days in which a finished ticket opens again"),
        null=True,
        blank=True,
        default=30,
        help_text=_("A later answer makes a follow-up ticket. Empty: always opens again. 0: always a follow-up."),
    )
    smtp_host = models.CharField(
        _("SMTP server"), max_length=253, blank=True, help_text=_("Empty: the server of this installation (EMAIL_URL).")
    )
    smtp_port = models.PositiveIntegerField(
        _("port"), default=587, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    smtp_security = models.CharField(_("encryption"), max_length=10, choices=Security, default=Security.STARTTLS)
    smtp_user = models.CharField(_("user name"), max_length=320, blank=True)
    smtp_password = SecretField(_("password"))

    class Meta:
        ordering = ["address"]
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="mailbox_address_lower_case"),
            models.CheckConstraint(condition=Q(smtp_security__in=Security.values), name="mailbox_security_known"),
        ]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        self.address = self.address.strip().lower()
        if self.team is not None and self.team.brand_id != self.brand_id:
            raise ValidationError({"team": _("This team works for another brand.")})
        self.smtp_host = self.smtp_host.strip().lower()
        if not self.smtp_host:
            self.smtp_user, self.smtp_password = "", Secret()
        elif self.smtp_security == Security.NONE and not is_loopback(self.smtp_host):
            raise ValidationError(
                {"smtp_security": _("Without encryption only a server on this machine may be asked.")}
            )

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class MailboxWords(AddedWords):
    """The same in one language, for customers who write in it. What is empty here is taken from the mailbox."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="words", verbose_name=_("mailbox"))
    language = models.CharField(_("language"), max_length=16, help_text=_("A code such as de or pt-BR."))

    class Meta:
        ordering = ["language"]
        verbose_name = _("words in one language")
        verbose_name_plural = _("words by language")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "language"], name="mailbox_words_once"),
            models.CheckConstraint(condition=Q(language=Lower("language")), name="mailbox_words_lower_case"),
        ]

    def __str__(self) -> str:
        return self.language

    def clean(self) -> None:
        self.language = self.language.strip().lower()
