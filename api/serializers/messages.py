from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.pagination import MOST
from api.serializers.base import LARGEST_SEQ, Input
from tickets.models import Attachment, DraftKind, Message, Status

MOST_FILES = 20


class AttachmentOutput(serializers.ModelSerializer[Attachment]):
    id = serializers.CharField(source="public_id")
    url = serializers.HyperlinkedIdentityField(
        view_name="api:attachment", lookup_field="public_id", lookup_url_kwarg="public_id"
    )

    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "sha256", "is_inline", "url"]
        read_only_fields = fields


class Author(serializers.Serializer[Message]):
    kind = serializers.CharField()
    name = serializers.CharField()


class MessageOutput(serializers.ModelSerializer[Message]):
    id = serializers.CharField(source="public_id")
    author = serializers.SerializerMethodField()
    attachments = AttachmentOutput(many=True)

    class Meta:
        model = Message
        fields = [
            *("id", "seq", "channel", "direction", "visibility", "author", "text", "html", "attachments"),
            *("delivery", "delivery_error", "client_id", "created_at"),
        ]
        read_only_fields = fields

    @extend_schema_field(Author)
    def get_author(self, message: Message) -> dict[str, str]:
        person = message.agent or message.customer
        return {"kind": message.author_kind, "name": str(person) if person else ""}


class MessageList(serializers.Serializer[Any]):
    last_seq = serializers.IntegerField(help_text=_("The newest message's number: fetch on until you hold it."))
    results = MessageOutput(many=True)


class MessageRange(Input):
    after = serializers.IntegerField(required=False, default=0, min_value=0, max_value=LARGEST_SEQ)
    limit = serializers.IntegerField(required=False, default=MOST, min_value=1, max_value=MOST)


class NewMessageInput(Input):
    kind = serializers.ChoiceField(DraftKind.choices)
    text = serializers.CharField(trim_whitespace=False, allow_blank=True, required=False, default="")
    client_id = serializers.CharField(
        max_length=64,
        required=False,
        allow_null=True,
        default=None,
        help_text=_("Your own id of this message: sent again, nothing is posted twice."),
    )
    status = serializers.ChoiceField(
        Status.choices, required=False, default="", help_text=_("Set with the reply; not for notes.")
    )
    attachments = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), required=False, default=list, max_length=MOST_FILES
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == DraftKind.NOTE and attrs["status"]:
            raise serializers.ValidationError({"status": [_("A note does not change the status.")]})
        return attrs
