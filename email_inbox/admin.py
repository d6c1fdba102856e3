from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import Kept, LargeTableAdmin, ReadOnly
from email_inbox.models import InboundEmail, Mailbox, OutboundEmail, SinkMail


@admin.register(Mailbox)
class MailboxAdmin(Kept, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("address", "name", "brand", "team", "is_active")
    list_filter = ("is_active", "brand")
    search_fields = ("address", "name")
    autocomplete_fields = ("brand", "team")


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
