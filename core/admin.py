"""What the admin pages of every app share: large tables stay quick, and history stays history."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest

from core.text import clean_line

COUNTED_EXACTLY = 10_000
"""Rows up to which a list says its exact length; counting 5 million for each page would take seconds."""


class EstimatedPaginator(Paginator):  # type: ignore[type-arg]  # generics of django-stubs: not at run time
    """Counts up to COUNTED_EXACTLY rows; past that a whole table's length is PostgreSQL's estimate (pg_class), and a
    filtered list ends there."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # the admin always hands over a queryset
        exact = rows.order_by()[: COUNTED_EXACTLY + 1].count()
        if exact <= COUNTED_EXACTLY:
            return exact
        return COUNTED_EXACTLY if rows.query.where else max(self._estimate(rows), exact)

    @staticmethod
    def _estimate(rows: QuerySet[Any]) -> int:
        with connections[rows.db].cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table]
            )
            return int(cursor.fetchone()[0])


class LargeTableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For tables that grow without end: no full count, no sort that no index serves, ids instead of select boxes."""

    show_full_result_count = False
    paginator = EstimatedPaginator
    list_per_page = 50
    list_max_show_all = 200
    ordering = ("-pk",)
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Also reached from an autocomplete box, where nothing has cleaned the words yet (a NUL would be a 500)."""
        return super().get_search_results(request, queryset, clean_line(search_term))


class ReadOnly:
    """Mix in before ModelAdmin: rows that only actions write. To look at, never to add, change or delete."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class Kept:
    """Mix in before ModelAdmin: rows that others point to are switched off, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
