from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.admin import Kept, LargeTableAdmin, ReadOnly
from email_inbox.accounts import begin_anew
from email_inbox.models import InboundEmail, MailAccount, MailAddress, Mailbox, MailboxWords, OutboundEmail, SinkMail


class MailboxWordsInline(admin.StackedInline):  # type: ignore[type-arg]
    model = MailboxWords
    extra = 0


@admin.register(Mailbox)
class MailboxAdmin(Kept, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("address", "name", "brand", "team", "is_active")
    list_filter = ("is_active", "brand")
    search_fields = ("address", "name")
    autocomplete_fields = ("brand", "team")
    inlines = (MailboxWordsInline,)
    fieldsets = (
        (None, {"fields": ("address", "name", "brand", "team", "is_active")}),
        (_("Under every mail"), {"fields": ("signature", "news", "disclaimer")}),
        (_("Answers"), {"fields": ("acknowledgement", "reopen_days", "undo_seconds")}),
        (
            _("Sending server"),
            {
                "fields": ("smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password"),
                "description": _("DKIM signing is the sending server's work; its domain must allow this address."),
            },
        ),
    )


@admin.register(MailAccount)
class MailAccountAdmin(Kept, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("__str__", "mailbox", "is_active", "condition", "on_server_and_here", "fetched_at")
    list_filter = ("is_active", "mailbox")
    list_select_related = ("mailbox",)
    search_fields = ("host", "user")
    autocomplete_fields = ("mailbox",)
    actions = ("look_now",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    readonly_fields = ("condition", "on_server_and_here", "fetched_at", "reconciled_at", "due_at")
    fieldsets = (
        (None, {"fields": ("mailbox", "host", "port", "security", "folder", "is_active")}),
        (_("Signing in"), {"fields": ("user", "auth", "password")}),
        (
            _("OAuth 2"),
            {
                "fields": ("client_id", "client_secret", "token_endpoint", "scope", "refresh_token"),
                "description": _(
                    "From the provider's registration of this application. Tokens are renewed over https."
                ),
            },
        ),
        (_("After a mail is safely here"), {"fields": ("after_fetch", "move_to")}),
        (_("State"), {"fields": readonly_fields}),
    )

    @admin.display(description=_("condition"))
    def condition(self, account: MailAccount) -> str:
        words = " ".join(word for word in (account.last_error, account.alarm) if word)
        if words:
            return format_html("<strong>{}</strong>", words)
        return str(_("In order") if account.fetched_at else _("Not looked yet"))

    @admin.display(description=_("on the server / of these here"))
    def on_server_and_here(self, account: MailAccount) -> str:
        return "-" if account.server_count is None else f"{account.server_count} / {account.our_count}"

    @admin.action(description=_("Look for mail now"))
    def look_now(self, request: HttpRequest, queryset: QuerySet[MailAccount]) -> None:
        queryset.update(due_at=timezone.now())

    def save_model(self, request: HttpRequest, obj: MailAccount, form: ModelForm[MailAccount], change: bool) -> None:
        begin_anew(obj, form.changed_data)
        super().save_model(request, obj, form, change)


@admin.register(InboundEmail)
class InboundEmailAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("received_at", "state", "from_address", "subject", "mailbox", "source", "reason")
    list_filter = ("state", "source", "mailbox")
    search_fields = ("from_address", "subject", "header_id", "sha256")
    date_hierarchy = "received_at"
    raw_id_fields = ("message", "ticket", "duplicate_of")
    list_select_related = ("mailbox",)


@admin.register(OutboundEmail)
class OutboundEmailAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("created_at", "state", "to", "subject", "mailbox", "attempts", "response")
    list_filter = ("state", "mailbox")
    search_fields = ("to", "subject", "header_id")
    raw_id_fields = ("message",)
    list_select_related = ("mailbox",)


@admin.register(SinkMail)
class SinkMailAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("caught_at", "envelope_to", "subject")
    search_fields = ("envelope_to", "subject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SinkMail]:
        return super().get_queryset(request).defer("content")


@admin.register(MailAddress)
class MailAddressAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("address", "state", "reason", "bounces", "changed_at")
    list_filter = ("state",)
    search_fields = ("address",)
    readonly_fields = ("address", "reason", "bounces", "changed_at")
