from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from chat.models import ChatSession, Widget


@admin.register(Widget)
class WidgetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a plain class at run time
    list_display = ["name", "brand", "public_key", "allowed_domains", "is_active"]
    list_filter = ["is_active", "brand"]
    search_fields = ["name", "public_key"]
    list_select_related = ["brand"]
    readonly_fields = ["created_at"]


@admin.register(ChatSession)
class ChatSessionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For looking only: a chat changes through its actions."""

    list_display = ["public_id", "widget", "state", "visitor_name", "visitor_email", "started_at", "accepted_by"]
    list_filter = ["state", "widget", "proof"]
    search_fields = ["public_id", "visitor_name", "visitor_email"]
    list_select_related = ["widget", "accepted_by"]
    date_hierarchy = "started_at"
    raw_id_fields = ["ticket"]
    exclude = ["visitor_hash"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ChatSession | None = None) -> bool:
        return False
