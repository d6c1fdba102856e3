"""Admin pages for people and structure, and for what allauth and REST framework keep about people."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authtoken.admin import TokenAdmin as RestTokenAdmin
from rest_framework.authtoken.models import TokenProxy

from agents.actions import activate_agent, deactivate_agent
from agents.forms import AgentForm, NewAgentForm, is_last_administrator
from agents.models import (
    Agent,
    AgentSkill,
    AvailabilityPeriod,
    AwayReason,
    Brand,
    Calendar,
    CalendarException,
    OpeningWindow,
    Skill,
    Team,
)
from core.admin import Kept, LargeTableAdmin, ReadOnly

logger = logging.getLogger(__name__)

# Roles take the place of groups; an address is the agent's and vouched for by who invited them.
for model in (Group, EmailAddress, EmailConfirmation, Authenticator, TokenProxy):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class OpeningWindowInline(admin.TabularInline):  # type: ignore[type-arg]
    model = OpeningWindow
    extra = 0


class CalendarExceptionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CalendarException
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Not `Kept`: a calendar that nobody uses may go; the database keeps those in use."""

    list_display = ("name", "time_zone")
    search_fields = ("name",)
    inlines = (OpeningWindowInline, CalendarExceptionInline)


@admin.register(Brand)
class BrandAdmin(Kept, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "calendar", "first_response_seconds", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("calendar",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("calendar",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Team)
class TeamAdmin(Kept, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "brand", "calendar", "is_active")
    list_filter = ("is_active", "brand")
    list_select_related = ("brand", "calendar")
    search_fields = ("name",)
    autocomplete_fields = ("calendar",)


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Not `Kept`: a skill that goes takes the levels with it; who was chosen for it stays in the history by name."""

    list_display = ("name", "kind", "language")
    list_filter = ("kind",)
    search_fields = ("name", "language")


@admin.register(AwayReason)
class AwayReasonAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "order", "is_active")
    list_filter = ("is_active",)
    list_editable = ("order", "is_active")
    search_fields = ("name",)


class AgentSkillInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AgentSkill
    extra = 0
    autocomplete_fields = ("skill",)


@admin.register(Agent)
class AgentAdmin(Kept, UserAdmin):  # type: ignore[type-arg]
    """People are deactivated, never deleted: what they wrote keeps its author. The password is a page of its own."""

    form = AgentForm
    add_form = NewAgentForm
    add_form_template = None  # Django's own speaks of user names
    list_display = ("name", "email", "role", "availability", "last_seen_at", "is_active")
    list_filter = ("is_active", "role", "brands", "teams")
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    inlines = (AgentSkillInline,)
    autocomplete_fields = ("brands", "teams")
    readonly_fields = ("availability", "away_reason", "last_seen_at", "joined_at", "last_login")
    actions = ("activate", "deactivate", "invite")
    add_fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        (gettext_lazy("Work"), {"fields": ("role", "brands", "teams")}),
        (gettext_lazy("Preferences"), {"fields": ("time_zone", "language")}),
    )
    fieldsets = (
        (None, {"fields": ("name", "email", "is_active")}),
        (gettext_lazy("Work"), {"fields": ("role", "brands", "teams", "chat_capacity")}),
        (gettext_lazy("Preferences"), {"fields": ("picture", "time_zone", "language")}),
        (
            gettext_lazy("Presence"),
            {"fields": ("availability", "away_reason", "last_seen_at", "last_login", "joined_at")},
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: Agent | None) -> list[type[InlineModelAdmin[Any, Any]]]:
        """A new person is added first; what they are good at comes after."""
        return list(super().get_inlines(request, obj)) if obj else []

    def save_model(self, request: HttpRequest, obj: Agent, form: ModelForm[Agent], change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            # allauth keeps its own copy, through which the old address could still ask for a new password.
            EmailAddress.objects.filter(user=obj).delete()
        if change and "is_active" in form.changed_data and not obj.is_active:
            deactivate_agent(obj.pk)
        if not change and not obj.has_usable_password():
            self._invite(request, obj)

    @admin.action(description=gettext_lazy("Activate"))
    def activate(self, request: HttpRequest, agents: QuerySet[Agent]) -> None:
        for agent in agents.filter(is_active=False):
            activate_agent(agent.pk)
            self.log_change(request, agent, "activated")

    @admin.action(description=gettext_lazy("Deactivate"))
    def deactivate(self, request: HttpRequest, agents: QuerySet[Agent]) -> None:
        for agent in agents.filter(is_active=True):
            if is_last_administrator(agent.pk):
                self.message_user(request, _("The last active administrator stays active."), messages.ERROR)
                continue
            deactivate_agent(agent.pk)
            self.log_change(request, agent, "deactivated")

    @admin.action(description=gettext_lazy("Send an invitation to set a password"))
    def invite(self, request: HttpRequest, agents: QuerySet[Agent]) -> None:
        for agent in agents.filter(is_active=True):
            self._invite(request, agent)

    def _invite(self, request: HttpRequest, agent: Agent) -> None:
        form = ResetPasswordForm({"email": agent.email})
        form.is_valid()
        try:
            form.save(request)
        except (OSError, SMTPException):
            logger.warning("the invitation of agent %s could not be sent", agent.pk, exc_info=True)
            text = _("The invitation to %(email)s could not be sent. Try again, or set a password for them.")
            self.message_user(request, text % {"email": agent.email}, messages.ERROR)
        else:
            self.message_user(request, _("An invitation went to %(email)s.") % {"email": agent.email})


@admin.register(AvailabilityPeriod)
class AvailabilityPeriodAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("agent", "state", "reason", "started_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("agent",)
    search_fields = ("agent__name", "agent__email")


def _whose(token: TokenProxy) -> str:
    return str(token.user)


# A token reads as its key, which would put a working secret into page titles and into the log of changes for good.
TokenProxy.__str__ = _whose  # type: ignore[assignment, method-assign]


@admin.register(TokenProxy)
class TokenAdmin(RestTokenAdmin):
    """A key is shown once, when it is made, and never stands in a title, a list or the log of changes.

    REST framework's admin addresses the pages by agent, so that no key stands in an address or a log.
    """

    list_display = ("user", "created")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    autocomplete_fields = ("user",)
    fields = ("user", "created")
    readonly_fields = ("created",)
    # Bulk actions select by primary key, which is the key itself.
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: TokenProxy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        text = _("Token for %(agent)s: %(key)s. It is shown this once; keep it in a safe place.")
        self.message_user(request, text % {"agent": obj.user, "key": obj.key}, messages.WARNING)


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Second factors. The secret is never shown; removing the row lets somebody who lost their device in again."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly, LargeTableAdmin):
    """Who changed what in these pages."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "get_change_message")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr",)
    fields = ("action_time", "user", "content_type", "object_repr", "action_flag", "get_change_message")
