from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import Kept, LargeTableAdmin, ReadOnly
from core.errors import Invalid
from core.text import clean_line
from crm.actions import check_email, update_customer
from crm.models import Consent, Customer, Identity, IdentityKind, Organisation


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Identity
        fields = ["kind", "value", "display", "proof"]

    def clean(self) -> dict[str, Any] | None:
        """An address is kept in the form in which mail intake looks for it."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == IdentityKind.EMAIL and cleaned.get("value"):
            try:
                cleaned["value"] = check_email(cleaned["value"])
            except Invalid as error:
                raise ValidationError({"value": str(error.message)}) from error
        return cleaned


class IdentityInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Identity
    form = IdentityForm
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(LargeTableAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name",)


@admin.register(Customer)
class CustomerAdmin(Kept, LargeTableAdmin):
    list_display = ("__str__", "public_id", "organisation", "language", "last_contact_at", "created_at")
    list_display_links = ("__str__", "public_id")
    list_select_related = ("organisation",)
    search_fields = ("name",)
    search_help_text = _("A part of a name, address or number, or the 16 characters of the id.")
    autocomplete_fields = ("organisation",)
    readonly_fields = ("public_id", "created_at", "last_contact_at", "merged_into")
    fields = (
        *("name", "organisation", "about", "language", "time_zone"),
        *("public_id", "created_at", "last_contact_at", "merged_into"),
    )
    inlines = (IdentityInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """Name or identity, each by its trigram index."""
        words = clean_line(search_term)
        if not words:
            return queryset, False
        named = Customer.objects.filter(name__icontains=words).values("pk")
        known = Customer.objects.filter(public_id=words.lower()).values("pk")
        identified = Identity.objects.filter(value__icontains=words).values("customer_id")
        return queryset.filter(pk__in=named.union(known, identified)), False

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """A change goes through the action, so that open pages hear of it."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=["organisation", "language", "time_zone"])
        update_customer(obj.pk, name=obj.name, about=obj.about)


@admin.register(Identity)
class IdentityAdmin(LargeTableAdmin):
    form = IdentityForm
    list_display = ("__str__", "kind", "proof", "customer", "created_at")
    list_filter = ("kind", "proof")
    list_select_related = ("customer",)
    search_fields = ("value",)
    fields = ("customer", "kind", "value", "display", "proof", "created_at")
    readonly_fields = ("created_at",)
    raw_id_fields = ("customer",)

    def get_readonly_fields(self, request: HttpRequest, obj: Identity | None = None) -> tuple[str, ...]:
        """Moving an identity would take its conversations' sender with it: that is a merge, not an edit."""
        return ("customer", "created_at") if obj else ("created_at",)


@admin.register(Consent)
class ConsentAdmin(ReadOnly, LargeTableAdmin):
    """Proof is looked at, never edited."""

    list_display = ("given_at", "customer", "kind", "version", "source")
    list_filter = ("kind",)
    list_select_related = ("customer",)
    search_fields = ("source",)
