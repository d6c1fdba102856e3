from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agents.models import Agent, Availability, Team
from agents.permissions import visible_brands
from api.serializers.base import Input, Named, PageInput
from crm.actions import ABOUT_LIMIT
from crm.models import Customer, Identity


class IdentityOutput(serializers.ModelSerializer[Identity]):
    value = serializers.CharField(source="__str__")

    class Meta:
        model = Identity
        fields = ["kind", "value", "proof"]
        read_only_fields = fields


class CustomerOutput(serializers.ModelSerializer[Customer]):
    id = serializers.CharField(source="public_id")
    organisation = Named(allow_null=True)
    identities = IdentityOutput(many=True)

    class Meta:
        model = Customer
        fields = [
            *("id", "name", "organisation", "identities", "language", "time_zone", "about"),
            *("created_at", "last_contact_at"),
        ]
        read_only_fields = fields


class CustomerPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = CustomerOutput(many=True)


class CustomerFilter(PageInput):
    q = serializers.CharField(required=False, default="", min_length=2, max_length=200)


class CustomerChanges(Input):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    about = serializers.CharField(max_length=ABOUT_LIMIT, required=False, allow_blank=True)


class TeamOutput(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ["id", "name", "brand_id"]
        read_only_fields = fields


class MeOutput(serializers.ModelSerializer[Agent]):
    brands = serializers.SerializerMethodField()
    teams = TeamOutput(many=True)

    class Meta:
        model = Agent
        fields = [
            *("id", "name", "email", "role", "brands", "teams", "language", "time_zone"),
            *("availability", "away_reason"),
        ]
        read_only_fields = fields

    @extend_schema_field(Named(many=True))
    def get_brands(self, agent: Agent) -> Any:
        """The brands whose conversations they see: for an administrator all of them."""
        return Named(visible_brands(agent), many=True).data


class AvailabilityInput(Input):
    state = serializers.ChoiceField(Availability.choices)
    reason = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class AvailabilityOutput(serializers.Serializer[Any]):
    state = serializers.CharField()
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()


class TokenOutput(serializers.Serializer[Any]):
    token = serializers.CharField()
