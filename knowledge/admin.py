from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from agents.models import Agent
from core.admin import Kept, LargeTableAdmin, ReadOnly
from core.errors import AppError
from knowledge.actions import AnswerWords, save_answer
from knowledge.models import Answer, AnswerUse

FIELDS = ("question", "text", "language", "keywords", "shortcut", "state", "public", "brand")


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Answer
        fields = FIELDS

    def words(self) -> AnswerWords:
        return AnswerWords(**{name: self.cleaned_data.get(name) for name in FIELDS})  # type: ignore[arg-type]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.words().cleaned()
            except AppError as error:
                raise ValidationError(str(error.message)) from error
        return cleaned


@admin.register(Answer)
class AnswerAdmin(Kept, LargeTableAdmin):
    """Articles are retired, never deleted: what they were good for stays counted."""

    form = AnswerForm
    list_display = ("question", "language", "brand", "state", "public", "shown", "helped", "not_helped", "used")
    list_filter = ("state", "language", "public", "brand")
    list_select_related = ("brand",)
    search_fields = ("question", "keywords")
    readonly_fields = ("public_id", "group", "shown", "helped", "not_helped", "used", "updated_at", "updated_by")
    fields = (*FIELDS, *readonly_fields)

    def save_model(self, request: HttpRequest, obj: Answer, form: Any, change: bool) -> None:
        """Through the action: it makes the words findable and keeps the article's versions together."""
        saved = save_answer(cast(Agent, request.user), form.words(), answer=obj if change else None)
        obj.pk, obj.public_id, obj.group = saved.pk, saved.public_id, saved.group


@admin.register(AnswerUse)
class AnswerUseAdmin(ReadOnly, LargeTableAdmin):
    list_display = ("answer", "kind", "at", "agent", "led_to_chat")
    list_filter = ("kind", "led_to_chat")
    list_select_related = ("answer", "agent")
