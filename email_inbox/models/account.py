"""Mailboxes on other people's servers, and what was taken from them."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.secrets import Secret, SecretField
from core.work import Work, due_index
from email_inbox.models.inbound import InboundEmail
from email_inbox.models.mailbox import Mailbox
from email_inbox.models.servers import Security, is_loopback


class Auth(models.TextChoices):
    PASSWORD = "password", _("Password or app password")
    OAUTH2 = "oauth2", _("OAuth 2 (XOAUTH2)")


class AfterFetch(models.TextChoices):
    SEEN = "seen", _("Mark as read")
    MOVE = "move", _("Move to another folder")
    DELETE = "delete", _("Delete")
    NOTHING = "nothing", _("Leave untouched")


class MailAccount(Work):
    """A folder of an IMAP account whose mails belong to one of our mailboxes.

    As `Work` it never finishes: `due_at` is the next look, `attempts` the looks since the last good one, `last_error`
    what went wrong in words. The cursor is (`uidvalidity`, `last_uid`): docs/adr/015-imap-cursor.md.
    """

    due_at = models.DateTimeField(_("next look"), default=timezone.now, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("mailbox"))
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(
        _("port"), default=993, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(_("encryption"), max_length=10, choices=Security, default=Security.TLS)
    user = models.CharField(_("user name"), max_length=320)
    auth = models.CharField(_("sign in with"), max_length=10, choices=Auth, default=Auth.PASSWORD)
    password = SecretField(_("password"))
    client_id = models.CharField(_("client ID"), max_length=255, blank=True)
    client_secret = SecretField(_("client secret"))
    token_endpoint = models.URLField(_("token endpoint"), max_length=500, blank=True)
    scope = models.CharField(_("scope"), max_length=500, blank=True)
    refresh_token = SecretField(_("refresh token"))
    access_token = SecretField(_("access token"), editable=False)
    token_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    folder = models.CharField(_("folder"), max_length=255, default="INBOX")
    after_fetch = models.CharField(_("then"), max_length=10, choices=AfterFetch, default=AfterFetch.SEEN)
    move_to = models.CharField(_("move to"), max_length=255, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    uidvalidity = models.PositiveBigIntegerField(default=0, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    fetched_at = models.DateTimeField(_("last looked"), null=True, blank=True, editable=False)
    server_count = models.PositiveIntegerField(_("on the server"), null=True, blank=True, editable=False)
    our_count = models.PositiveIntegerField(_("of these here"), null=True, blank=True, editable=False)
    reconciled_at = models.DateTimeField(_("compared"), null=True, blank=True, editable=False)
    alarm = models.CharField(_("alarm"), max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["host", "user"]
        verbose_name = _("IMAP account")
        verbose_name_plural = _("IMAP accounts")
        indexes = [due_index("mail_account_due")]
        constraints = [
            models.UniqueConstraint(fields=["host", "port", "user", "folder"], name="mail_account_once"),
            models.CheckConstraint(condition=Q(security__in=Security.values), name="mail_account_security_known"),
            models.CheckConstraint(condition=Q(auth__in=Auth.values), name="mail_account_auth_known"),
            models.CheckConstraint(condition=Q(after_fetch__in=AfterFetch.values), name="mail_account_after_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.host}, {self.folder})"

    def clean(self) -> None:
        self.host = self.host.strip().lower()
        if self.security == Security.NONE and not is_loopback(self.host):
            raise ValidationError({"security": _("Without encryption only a server on this machine may be asked.")})
        if self.after_fetch == AfterFetch.MOVE and (not self.move_to or self.move_to == self.folder):
            raise ValidationError({"move_to": _("Name another folder of the account.")})
        self._clean_secrets()

    def _clean_secrets(self) -> None:
        """Only what the chosen way of signing in needs is kept."""
        if self.auth == Auth.PASSWORD:
            if not self.password:
                raise ValidationError({"password": _("A password is needed.")})
            self.client_secret = self.refresh_token = self.access_token = Secret()
            return
        self.password = Secret()
        if not is_safe_endpoint(self.token_endpoint):
            raise ValidationError({"token_endpoint": _("Give the https address where the provider renews tokens.")})
        if not self.client_id or not self.refresh_token:
            raise ValidationError(_("OAuth 2 needs the client ID and a refresh token."))


def is_safe_endpoint(address: str) -> bool:
    """Whether secrets may be sent there: https, or this machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )


class FetchedMail(models.Model):
    """One mail of one account by its number there. With a `problem` the server could not give it.

    `inbound` is null then, or when the ledger's row was removed since: what was here once is not fetched again.
    `is_tidied`: what the account wants done on the server afterwards (\\Seen, move, delete) is done.
    """

    account = models.ForeignKey(MailAccount, on_delete=models.CASCADE, related_name="fetched")
    uidvalidity = models.PositiveBigIntegerField()
    uid = models.PositiveBigIntegerField()
    inbound = models.ForeignKey(InboundEmail, on_delete=models.SET_NULL, null=True, related_name="+")
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    is_tidied = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("fetched mail")
        verbose_name_plural = _("fetched mails")
        constraints = [models.UniqueConstraint(fields=["account", "uidvalidity", "uid"], name="fetched_once")]
        indexes = [models.Index(fields=["account"], condition=Q(is_tidied=False), name="fetched_untidied")]

    def __str__(self) -> str:
        return f"{self.uid}"
