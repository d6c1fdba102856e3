"""Setting up widgets; chats and what came of them are for looking only, they change through their actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.actions.identity import renew_identity_secret
from chat.models import (
    BlockedVisitor,
    ChatSession,
    ChatTransfer,
    Disposition,
    Invitation,
    KnownVisitor,
    LeftMessage,
    Widget,
    WidgetQuestion,
)
from core.admin import LargeTableAdmin, ReadOnly


class QuestionInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = WidgetQuestion
    extra = 0


class InvitationInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Invitation
    extra = 0


@admin.register(Widget)
class WidgetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "brand", "public_key", "allowed_domains", "has_secret", "is_active")
    list_filter = ("is_active", "brand")
    search_fields = ("name", "public_key")
    list_select_related = ("brand",)
    readonly_fields = ("created_at", "snippet", "has_secret")
    autocomplete_fields = ("brand", "departments")
    inlines = (QuestionInline, InvitationInline)
    actions = ("new_secret",)
    fieldsets = (
        (None, {"fields": ("name", "brand", "is_active", "public_key", "allowed_domains", "snippet")}),
        (gettext_lazy("Looks"), {"fields": ("title", "greeting", "accent", "position", "launcher_text")}),
        (
            gettext_lazy("Before the chat"),
            {"fields": ("departments", "ask_name", "ask_email", "ask_topic", "show_answers")},
        ),
        (gettext_lazy("Terms"), {"fields": ("terms_text", "terms_url", "terms_version")}),
        (gettext_lazy("Other ways to reach us"), {"fields": ("phone", "contact_email", "contact_url")}),
        (
            gettext_lazy("During and after"),
            {"fields": ("nudge_after", "close_after", "offer_rating", "offer_transcript")},
        ),
        (gettext_lazy("Identity"), {"fields": ("has_secret", "created_at")}),
    )

    @admin.display(description=gettext_lazy("For the web site"))
    def snippet(self, widget: Widget) -> SafeString | str:
        """What the site puts into its pages, with this server's own address as a placeholder."""
        if not widget.pk:
            return "–"
        return format_html(
            "<code>&lt;script src=&quot;https://{}/widget.js?key={}&quot; async&gt;&lt;/script&gt;</code>",
            "this-server",
            widget.public_key,
        )

    @admin.display(description=gettext_lazy("signs identities"), boolean=True)
    def has_secret(self, widget: Widget) -> bool:
        return bool(widget.identity_secret)

    @admin.action(description=gettext_lazy("Make a new identity secret (ends the old one)"))
    def new_secret(self, request: HttpRequest, widgets: QuerySet[Widget]) -> None:
        """Shown this once: it is stored encrypted and never sent to a browser again."""
        for widget in widgets:
            secret = renew_identity_secret(widget)
            text = _("Identity secret of %(widget)s: %(secret)s. It is shown this once; keep it in a safe place.")
            self.message_user(request, text % {"widget": widget.name, "secret": secret}, messages.WARNING)
            self.log_change(request, widget, "identity secret renewed")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A widget is switched off: its chats keep it."""
        return False


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("public_id", "widget", "state", "visitor_name", "visitor_email", "started_at", "accepted_by")
    list_filter = ("state", "widget", "proof")
    search_fields = ("public_id", "visitor_name", "visitor_email")
    list_select_related = ("widget", "accepted_by")
    date_hierarchy = "started_at"
    raw_id_fields = ("ticket",)
    exclude = ("visitor_hash", "start_id")


@admin.register(LeftMessage)
class LeftMessageAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("left_at", "widget", "email", "ticket")
    list_filter = ("widget",)
    list_select_related = ("widget", "ticket")
    search_fields = ("email",)
    exclude = ("visitor_hash", "start_id")


@admin.register(KnownVisitor)
class KnownVisitorAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("known_at", "widget", "external_id", "customer", "expires_at")
    list_filter = ("widget",)
    list_select_related = ("widget", "customer")
    search_fields = ("external_id",)
    exclude = ("visitor_hash",)


@admin.register(Disposition)
class DispositionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "brand", "order", "is_active")
    list_filter = ("is_active", "brand")
    list_editable = ("order", "is_active")
    list_select_related = ("brand",)
    search_fields = ("name",)
    autocomplete_fields = ("brand",)


@admin.register(BlockedVisitor)
class BlockedVisitorAdmin(LargeTableAdmin):
    """To look at, to change the time, to let somebody in again. Blocking starts from a chat."""

    list_display = ("created_at", "widget", "reason", "email", "external_id", "until", "created_by")
    list_filter = ("widget",)
    list_select_related = ("widget", "created_by")
    search_fields = ("reason", "email", "external_id")
    fields = ("widget", "reason", "email", "external_id", "until", "created_by", "created_at")
    readonly_fields = ("widget", "created_by", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ChatTransfer)
class ChatTransferAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("asked_at", "session", "from_agent", "to_agent", "to_team", "state", "decided_at")
    list_filter = ("state",)
    list_select_related = ("session", "from_agent", "to_agent", "to_team")
    search_fields = ("summary",)
