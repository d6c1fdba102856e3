"""The ledger: one row for every mail that arrived, whatever became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from email_inbox.models.mailbox import Mailbox
from tickets.models import Message, Ticket


class Source(models.TextChoices):
    SMTP = "smtp", _("SMTP")
    LMTP = "lmtp", _("LMTP")
    IMAP = "imap", _("IMAP")
    WEBHOOK = "webhook", _("Webhook")
    COMMAND = "command", _("Command line")
    DEMO = "demo", _("Demo")


class InboundState(models.TextChoices):
    RECEIVED = "received", _("Received")
    PROCESSED = "processed", _("Processed")
    IGNORED = "ignored", _("Ignored")
    QUARANTINED = "quarantined", _("Quarantined")
    HELD = "held", _("Stranger in thread")
    SPAM = "spam", _("Spam")
    FAILED = "failed", _("Failed")


class Verdict(models.TextChoices):
    """Whether the mail comes from where it says (`email_inbox.authentication`)."""

    NOT_CHECKED = "", _("Not checked")
    VERIFIED = "verified", _("Sender verified")
    UNVERIFIED = "unverified", _("Sender not verified")
    FORGED = "forged", _("Probably forged")


class InboundEmail(models.Model):
    """One arrival of one mail at one mailbox.

    `fingerprint` says which mail it is (docs/adr/010-which-mail-is-the-same.md). The UNIQUE constraint lets exactly
    one arrival of it be the mail; later ones point at it with `duplicate_of`.
    `others`: whom To and Cc name beside ourselves, for a reply to all.
    `message` and `ticket` are the outcome; a HELD mail names a `ticket` in which its sender has no part, and waits for
    an agent. A quarantined or failed mail keeps its `reason` for the reader.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", verbose_name=_("mailbox"))
    source = models.CharField(_("source"), max_length=10, choices=Source)
    fingerprint = models.CharField(max_length=64, editable=False)
    sha256 = models.CharField(_("SHA-256 of the original"), max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("size, bytes"), editable=False)
    envelope_from = models.CharField(_("envelope sender"), max_length=320, blank=True)
    envelope_to = models.CharField(_("envelope recipient"), max_length=1000, blank=True)
    client_address = models.GenericIPAddressField(_("handed over by"), null=True, blank=True)
    helo = models.CharField(_("HELO"), max_length=255, blank=True)
    verdict = models.CharField(
        _("origin"), max_length=10, choices=Verdict, default=Verdict.NOT_CHECKED, blank=True, editable=False
    )
    spf = models.CharField("SPF", max_length=10, blank=True, editable=False)
    dkim = models.CharField("DKIM", max_length=10, blank=True, editable=False)
    dmarc = models.CharField("DMARC", max_length=10, blank=True, editable=False)
    spam_points = models.FloatField(_("spam points"), null=True, blank=True, editable=False)
    checked_by = models.CharField(_("checked by"), max_length=255, blank=True, editable=False)
    header_id = models.CharField(_("Message-ID"), max_length=255, blank=True)
    from_address = models.CharField(_("from"), max_length=320, blank=True)
    reply_to = models.CharField(_("reply to"), max_length=320, blank=True)
    others = models.JSONField(_("also addressed"), default=list, blank=True, editable=False)
    subject = models.CharField(_("subject"), max_length=300, blank=True)

    state = models.CharField(_("state"), max_length=12, choices=InboundState, default=InboundState.RECEIVED)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="inbound_emails", editable=False
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.SET_NULL, null=True, blank=True, related_name="inbound_emails", editable=False
    )
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="duplicates", editable=False
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0, editable=False)
    sent_at = models.DateTimeField(_("date by the sender"), null=True, blank=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True, editable=False)
    seconds = models.FloatField(_("processing time, seconds"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = _("received mail")
        verbose_name_plural = _("received mails")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "fingerprint"],
                condition=Q(duplicate_of__isnull=True),
                name="mail_once_per_mailbox",
            ),
            models.CheckConstraint(condition=Q(state__in=InboundState.values), name="inbound_state_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="inbound_verdict_known"),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | ~Q(duplicate_of=F("id")), name="inbound_not_its_own_duplicate"
            ),
        ]
        indexes = [
            models.Index(fields=["mailbox", "-received_at", "-id"], name="inbound_by_mailbox"),
            models.Index(fields=["state", "-received_at"], name="inbound_by_state"),
            models.Index(fields=["ticket"], condition=Q(state="held"), name="inbound_held"),
            models.Index(fields=["received_at"], condition=Q(state="received"), name="inbound_waiting"),
            models.Index(fields=["header_id"], condition=~Q(header_id=""), name="inbound_by_header_id"),
        ]

    def __str__(self) -> str:
        return f"{self.from_address or '?'}: {self.subject}"

    @property
    def original(self) -> bytes:
        """The mail byte for byte as it arrived; a repeat that was byte for byte the same keeps the first's."""
        raw = RawEmail.objects.filter(pk__in=[self.pk, self.duplicate_of_id]).order_by("-pk").first()
        return bytes(raw.content) if raw else b""


class RawEmail(models.Model):
    """The bytes of one arrival, apart from the ledger so that no list ever loads them."""

    email = models.OneToOneField(InboundEmail, on_delete=models.CASCADE, primary_key=True, related_name="raw")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("original mail")
        verbose_name_plural = _("original mails")

    def __str__(self) -> str:
        return str(self.pk)
