from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.serializers.base import PUBLIC_ID, IdField, Input, Named, PageInput
from crm.models import Customer
from tickets.models import Priority, Status, Ticket, TicketEvent, TicketType

PRIORITY_WORDS = {priority.value: priority.name.lower() for priority in Priority}


class PriorityField(serializers.ChoiceField):
    """The API speaks of priorities in words: low, normal, high, urgent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[(word, word) for word in PRIORITY_WORDS.values()], **options)

    def to_representation(self, value: Any) -> str:
        return PRIORITY_WORDS[value]

    def to_internal_value(self, data: Any) -> Any:
        return int(Priority[str(super().to_internal_value(data)).upper()])


class CustomerBrief(serializers.ModelSerializer[Customer]):
    id = serializers.CharField(source="public_id")

    class Meta:
        model = Customer
        fields = ["id", "name"]


class TicketOutput(serializers.ModelSerializer[Ticket]):
    brand = Named()
    team = Named(allow_null=True)
    assignee = Named(allow_null=True)
    customer = CustomerBrief()
    priority = PriorityField()

    class Meta:
        model = Ticket
        fields = [
            *("id", "public_id", "subject", "excerpt", "status", "priority", "type", "channel", "language", "tags"),
            *("values", "brand", "team", "assignee", "customer", "last_seq", "merged_into"),
            *("created_at", "last_activity_at", "waiting_since", "snoozed_until"),
            *("first_response_at", "solved_at", "closed_at"),
        ]
        read_only_fields = fields


class TicketPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = TicketOutput(many=True)


class TicketFilter(PageInput):
    status = serializers.ListField(child=serializers.ChoiceField(Status.choices), required=False)
    assignee = serializers.RegexField(
        r"^(me|none|[0-9]{1,18})\Z", required=False, help_text=_("An agent's id, “me” or “none”.")
    )
    team = serializers.RegexField(r"^(none|[0-9]{1,18})\Z", required=False, help_text=_("A team's id or “none”."))
    brand = IdField(required=False)
    channel = serializers.CharField(required=False, max_length=20)
    tag = serializers.CharField(required=False, max_length=50)
    customer = serializers.RegexField(PUBLIC_ID, required=False)


class NewTicket(Input):
    """A matter that a customer brought up elsewhere, entered for them."""

    email = serializers.CharField(max_length=320)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    brand = IdField()
    team = IdField(required=False, allow_null=True, default=None)
    subject = serializers.CharField(max_length=300)
    text = serializers.CharField(trim_whitespace=False)


class TicketChanges(Input):
    """Only what is named is changed; all of it or nothing."""

    subject = serializers.CharField(max_length=300, required=False)
    status = serializers.ChoiceField(Status.choices, required=False)
    priority = PriorityField(required=False)
    type = serializers.ChoiceField(TicketType.choices, required=False)
    assignee = IdField(required=False, allow_null=True)
    team = IdField(required=False, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), required=False, max_length=20)
    snoozed_until = serializers.DateTimeField(required=False, allow_null=True)


class EventOutput(serializers.ModelSerializer[TicketEvent]):
    agent = Named(allow_null=True)

    class Meta:
        model = TicketEvent
        fields = ["id", "kind", "actor_kind", "agent", "data", "after_seq", "created_at"]
        read_only_fields = fields


class EventPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = EventOutput(many=True)
