from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.pagination import DEFAULT, MOST
from core.text import clean_line

MOST_NAMED = 10
LARGEST_ID = 2**63 - 1
LARGEST_SEQ = 2**31 - 1
PUBLIC_ID = r"^[0-9a-z]{16}\Z"


class Input(serializers.Serializer[Any]):
    """What a request may say. A field that does not exist is an error, so that a typing mistake is not silence."""

    @classmethod
    def checked(cls, data: Any) -> dict[str, Any]:
        """The clean values. Raises ValidationError (400) with a reason per field."""
        serializer = cls(data=data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)[:MOST_NAMED]
            if unknown:
                raise serializers.ValidationError({clean_line(name, 60): [_("No such field.")] for name in unknown})
        return super().to_internal_value(data)


class PageInput(Input):
    cursor = serializers.CharField(required=False, default="", max_length=300)
    limit = serializers.IntegerField(required=False, default=DEFAULT, min_value=1, max_value=MOST)


class IdField(serializers.IntegerField):
    """A row's number: a longer one would be a database error instead of "no such"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)


class Named(serializers.Serializer[Any]):
    """Any row with a number and a name: brand, team, agent."""

    id = serializers.IntegerField()
    name = serializers.CharField()
