"""The admin's forms for people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Role


class LastAdministrator(forms.ValidationError):
    def __init__(self) -> None:
        super().__init__(_("This is the last active administrator: make somebody else one first."))


class _AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class NewAgentForm(_AgentForm):
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to send an invitation by email: they choose their own."),
    )

    class Meta:
        model = Agent
        fields = ["name", "email", "role", "brands", "teams", "time_zone", "language"]

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if password:
            validate_password(password, Agent(email=self.data.get("email", ""), name=self.data.get("name", "")))
        return password

    def save(self, commit: bool = True) -> Agent:
        """Without a password nobody can sign in as this agent until the invitation was followed."""
        self.instance.set_password(self.cleaned_data["password"] or None)
        agent: Agent = super().save(commit)
        return agent


class AgentForm(_AgentForm):
    class Meta:
        model = Agent
        fields = [
            *("name", "email", "role", "brands", "teams", "chat_capacity"),
            *("picture", "time_zone", "language", "is_active"),
        ]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("is_active") and cleaned.get("role") == Role.ADMIN
        if not stays and is_last_administrator(self.instance.pk):
            raise LastAdministrator
        return cleaned


def is_last_administrator(pk: int) -> bool:
    """Whether nobody could administer the contact centre without this agent."""
    admins = Agent.objects.filter(role=Role.ADMIN, is_active=True)
    return admins.filter(pk=pk).exists() and not admins.exclude(pk=pk).exists()
