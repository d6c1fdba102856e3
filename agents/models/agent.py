from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agents.models.availability import Availability
from agents.models.calendar import check_time_zone
from agents.models.structure import Brand, Team
from agents.pictures import check_picture, picture_path, picture_storage


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Administrator")


class AgentManager(BaseUserManager["Agent"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Agent:
        """An agent who may sign in. Emails are stored in lower case: people type them either way."""
        if not email:
            raise ValueError("an agent needs an email address")
        agent = self.model(email=email.strip().lower(), **fields)
        agent.set_password(password)
        agent.save(using=self._db)
        return agent

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Agent:
        return self.create_user(email, password, **({"name": "Administrator", "role": Role.ADMIN} | fields))

    def get_by_natural_key(self, username: str | None) -> Agent:
        return self.get(email=(username or "").strip().lower())


class Agent(AbstractBaseUser):
    """A person who signs in. The role says what they may do, the brands whose conversations they may see."""

    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AGENT)
    brands = models.ManyToManyField(Brand, blank=True, related_name="agents", verbose_name=_("brands"))
    teams = models.ManyToManyField(Team, blank=True, related_name="agents", verbose_name=_("teams"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    language = models.CharField(_("language"), max_length=16, default="en", choices=settings.LANGUAGES)
    availability = models.CharField(
        _("availability"),
        max_length=20,
        choices=Availability,
        default=Availability.OFFLINE,
    )
    away_reason = models.CharField(_("away reason"), max_length=60, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    chat_capacity = models.PositiveSmallIntegerField(_("chats at once"), default=3)
    picture = models.FileField(
        _("picture"), upload_to=picture_path, storage=picture_storage, blank=True, validators=[check_picture]
    )
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[AgentManager] = AgentManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name"]
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="agent_email_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="agent_role_known"),
            models.CheckConstraint(
                condition=Q(availability__in=Availability.values),
                name="agent_availability_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    @property
    def is_supervisor(self) -> bool:
        """Supervisors' pages are open to administrators too."""
        return self.is_active and self.role in (Role.SUPERVISOR, Role.ADMIN)

    # What django.contrib.admin asks of a user model: administrators may do everything there, others nothing.
    @property
    def is_staff(self) -> bool:
        return self.is_admin

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_admin

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin
