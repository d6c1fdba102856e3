"""The hub in the admin: everything to be looked at, nothing to be changed.

A ticket changes by actions alone, each with its line in the history; the console and the API are where that is done.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import LargeTableAdmin, ReadOnly
from core.text import clean_line, excerpt
from crm.models import Customer, Identity
from tickets.models import Attachment, Draft, Message, Rating, SlaTimer, Ticket, TicketEvent, TicketField, TicketRead
from tickets.routing import admin as _queues  # noqa: F401  # registers its pages

LARGEST_ID = 2**63 - 1


def _number(words: str) -> int | None:
    """A ticket's number as people write it: 123 or #123."""
    digits = words.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) <= LARGEST_ID else None


class OfTicket(LargeTableAdmin):
    """Lists of rows that belong to tickets are searched by the ticket's number."""

    search_fields: ClassVar[tuple[str, ...]] = ("ticket__id",)
    search_help_text = _("The number of the ticket.")
    list_select_related: ClassVar[tuple[str, ...]] = ("ticket",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = clean_line(search_term)
        if not words:
            return queryset, False
        number = _number(words)
        return (queryset.filter(ticket_id=number) if number else queryset.none()), False


@admin.register(TicketField)
class TicketFieldAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("label", "key", "kind", "brand", "is_required", "is_active", "position")
    list_filter = ("brand", "kind", "is_active")
    list_select_related = ("brand",)


@admin.register(Ticket)
class TicketAdmin(ReadOnly, LargeTableAdmin):
    list_display = (
        *("id", "about", "who", "status", "priority", "channel", "brand_name", "assignee_name", "last_activity_at"),
    )
    list_display_links = ("id", "about")
    list_filter = ("status", "priority", "type", "channel", "brand", "team")
    list_select_related = ("customer", "brand", "team", "assignee")
    search_fields = ("subject",)
    search_help_text = _("A ticket's number or id, a customer's address, or a part of a customer's name.")
    fields = (
        *("id", "public_id", "subject", "excerpt", "customer", "brand", "channel", "team", "assignee"),
        *("status", "priority", "type", "tags", "values", "language", "snoozed_until", "last_seq"),
        *("created_at", "last_activity_at", "waiting_since", "first_response_at", "solved_at", "closed_at"),
    )

    # Columns of our own may wrap; the admin never breaks a relation's, and one long name would push others out.
    @admin.display(description=_("subject"))
    def about(self, ticket: Ticket) -> str:
        return excerpt(ticket.subject, 80) or "–"

    @admin.display(description=_("customer"))
    def who(self, ticket: Ticket) -> str:
        return str(ticket.customer)

    @admin.display(description=_("brand"))
    def brand_name(self, ticket: Ticket) -> str:
        return ticket.brand.name

    @admin.display(description=_("assignee"), empty_value="–")
    def assignee_name(self, ticket: Ticket) -> str | None:
        return ticket.assignee.name if ticket.assignee else None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        """By what an index can find: subjects wait for the full-text search."""
        words = clean_line(search_term)
        if not words:
            return queryset, False
        if number := _number(words):
            return queryset.filter(pk=number), False
        by_id = Ticket.objects.filter(public_id=words.lower()).values("pk")
        named = Customer.objects.filter(name__icontains=words).values("pk")
        identified = Identity.objects.filter(value__icontains=words).values("customer_id")
        of_customer = Ticket.objects.filter(customer__in=named.union(identified)).values("pk")
        return queryset.filter(pk__in=by_id.union(of_customer)), False


@admin.register(Message)
class MessageAdmin(ReadOnly, OfTicket):
    list_display = ("__str__", "channel", "direction", "visibility", "author", "words", "delivery", "created_at")
    list_filter = ("channel", "direction", "visibility", "delivery")
    list_select_related = ("agent", "customer")
    fields = (
        *("public_id", "ticket", "seq", "channel", "direction", "visibility", "author_kind", "agent", "customer"),
        *("text", "delivery", "delivery_error", "client_id", "created_at"),
    )

    @admin.display(description=_("author"))
    def author(self, message: Message) -> str:
        return str(message.agent or message.customer or message.get_author_kind_display())

    @admin.display(description=_("text"))
    def words(self, message: Message) -> str:
        return excerpt(message.text, 80)


@admin.register(TicketEvent)
class TicketEventAdmin(ReadOnly, OfTicket):
    list_display = ("ticket_id", "kind", "actor_kind", "agent", "data", "created_at")
    list_filter = ("kind", "actor_kind")
    list_select_related = ("agent",)


@admin.register(SlaTimer)
class SlaTimerAdmin(ReadOnly, OfTicket):
    list_display = ("ticket_id", "kind", "outcome", "due_at", "finished_at")
    list_filter = ("kind", "outcome")
    fields = ("ticket", "kind", "outcome", "due_at", "finished_at", "attempts", "last_error")


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly, LargeTableAdmin):
    """Without the stored path: a file is fetched through the ticket, where access is checked."""

    list_display = ("name", "message", "content_type", "size", "is_inline")
    list_filter = ("is_inline",)
    list_select_related = ("message",)
    search_fields = ("=public_id",)
    search_help_text = _("The 16 characters of the id.")
    fields = ("public_id", "name", "message", "content_type", "size", "sha256", "content_id", "is_inline")


@admin.register(TicketRead)
class TicketReadAdmin(ReadOnly, OfTicket):
    list_display = ("agent", "ticket_id", "seq")
    list_select_related = ("agent",)


@admin.register(Draft)
class DraftAdmin(ReadOnly, OfTicket):
    """That there is a draft, not what it says: unsent words are their writer's own."""

    list_display = ("agent", "ticket_id", "kind", "updated_at")
    list_filter = ("kind",)
    list_select_related = ("agent",)
    fields = ("agent", "ticket", "kind", "updated_at")


@admin.register(Rating)
class RatingAdmin(ReadOnly, OfTicket):
    list_display = ("rated_at", "ticket", "score", "comment", "agent", "channel")
    list_filter = ("score", "channel")
    list_select_related = ("ticket", "agent")
