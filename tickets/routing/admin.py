"""Queues are set up here; what goes through them is to be looked at, never to be changed by hand."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import LargeTableAdmin, ReadOnly
from tickets.models import Desk, Offer, QueueEntry, QueueSkill, TeamRouting


class QueueSkillInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = QueueSkill
    extra = 0


@admin.register(TeamRouting)
class TeamRoutingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("__str__", "mode", "method", "offer_seconds", "overflow_team", "max_waiting", "wrap_up_seconds")
    list_filter = ("brand", "mode")
    list_select_related = ("brand", "team", "overflow_team")
    inlines: ClassVar = [QueueSkillInline]
    fieldsets = (
        (None, {"fields": ("brand", "team", "mode", "method", "offer_seconds", "prefer_last_agent")}),
        (_("When it takes long"), {"fields": ("overflow_team", "overflow_after_seconds")}),
        (_("When it is full"), {"fields": ("max_waiting", "full_rule", "full_message")}),
        (_("What an agent can carry"), {"fields": ("chat_weight", "email_weight", "route_email", "wrap_up_seconds")}),
    )


@admin.register(QueueEntry)
class QueueEntryAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("id", "ticket_id", "state", "brand", "team", "agent", "priority", "entered_at")
    list_filter = ("state", "brand", "channel")
    list_select_related = ("brand", "team", "agent")
    search_fields = ("ticket__id",)
    search_help_text = _("The number of the ticket.")


@admin.register(Offer)
class OfferAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("id", "entry_id", "agent", "state", "offered_at", "decided_at", "reason")
    list_filter = ("state",)
    list_select_related = ("agent",)


@admin.register(Desk)
class DeskAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("agent", "load", "capacity", "idle_since", "last_given_at")
    list_select_related = ("agent",)
    ordering = ("agent_id",)
