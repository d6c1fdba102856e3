"""Secrets in the database: encrypted under keys that are kept outside of it, and shown to nobody.

A `SecretField` holds a `Secret`, which neither `str()`, a log, a template nor a form gives away; `reveal()` is the one
way to its words. The first key of SECRETS_KEYS encrypts and all of them decrypt, so keys change without a stop:
docs/adr/014-secrets.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import AppError
from core.keys import local_key


class SecretUnreadable(AppError):
    """None of the keys opens it: the key was lost, or the database comes from somewhere else."""

    code = "secret_unreadable"
    message = _("A stored secret cannot be read with the keys of this installation. Enter it again.")


class Secret:
    """Encrypted words. False when there are none."""

    __slots__ = ("token",)

    def __init__(self, token: str = "") -> None:
        self.token = token

    @classmethod
    def of(cls, words: str) -> Secret:
        return cls(_cipher().encrypt(words.encode()).decode() if words else "")

    def reveal(self) -> str:
        """The words. Raises SecretUnreadable."""
        if not self.token:
            return ""
        try:
            return _cipher().decrypt(self.token.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable() from None

    def rotated(self) -> Secret:
        """The same words under the first key. Raises SecretUnreadable."""
        return Secret.of(self.reveal())

    @property
    def is_current(self) -> bool:
        """Whether the first key opens it."""
        try:
            _cipher_of(_keys()[:1]).decrypt(self.token.encode())
        except InvalidToken:
            return not self.token
        return True

    def __bool__(self) -> bool:
        return bool(self.token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.token == other.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __str__(self) -> str:
        return "********" if self else ""

    def __repr__(self) -> str:
        return f"<Secret: {'set' if self else 'not set'}>"


def _keys() -> list[str]:
    return settings.SECRETS_KEYS or [local_key(Path(settings.DATA_DIR) / "secrets.key")]


def _cipher() -> MultiFernet:
    return _cipher_of(_keys())


def _cipher_of(keys: list[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class SecretInput(forms.PasswordInput):
    """Says whether a secret is set; never sends it out."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "new-password", "size": 40} | (attrs or {}), render_value=False)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        is_set = isinstance(value, Secret) and bool(value)
        words = _("Set. Type a new one to replace it.") if is_set else _("Not set")
        return super().get_context(name, None, (attrs or {}) | {"placeholder": words})


class SecretFormField(forms.CharField):
    """Empty means: keep what is stored."""

    widget = SecretInput

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class SecretField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs only
    """A column of encrypted words. Takes `Secret.of("words")` alone, so that no plain words are stored by mistake."""

    # What django-stubs asks a field for: what may be set, and what is read.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("blank", True)
        options.setdefault("default", Secret)
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {key: value for key, value in options.items() if key not in ("blank", "default")}

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Secret:
        return Secret(value or "")

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> str:
        if not isinstance(value, Secret):
            raise TypeError(f"{self.name} takes a Secret")
        return value.token

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def value_from_object(self, obj: models.Model) -> Secret:
        value: Secret = super().value_from_object(obj)
        return value

    def formfield(self, **options: Any) -> Any:
        # Neither the administration's text area nor Django's hidden copy of the first value may send it out.
        options |= {"form_class": SecretFormField, "widget": SecretInput, "show_hidden_initial": False}
        return super().formfield(**options)

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        if isinstance(data, str) and data:
            setattr(instance, self.name, Secret.of(data))


def rotate_all() -> tuple[int, int]:
    """Put every secret under the first key; return how many were changed and how many no key opens.

    A secret that somebody replaces meanwhile stays as they wrote it.
    """
    changed = unreadable = 0
    for model in apps.get_models():
        for field in [one for one in model._meta.concrete_fields if isinstance(one, SecretField)]:
            rows = model._default_manager.exclude(**{field.name: Secret()})
            for pk, secret in rows.values_list("pk", field.name).iterator():
                if secret.is_current:
                    continue
                try:
                    fresh = secret.rotated()
                except SecretUnreadable:
                    unreadable += 1
                    continue
                same = model._default_manager.filter(**{"pk": pk, field.name: secret})
                changed += same.update(**{field.name: fresh})
    return changed, unreadable
