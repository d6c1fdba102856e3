"""Keyset pages: page 1,000 costs what page 1 costs, and nothing is skipped or doubled when rows arrive meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

M = TypeVar("M", bound=Model)

MOST = 100
DEFAULT = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    rows: Sequence[M]
    cursor: str | None
    """Where the next page begins, or None on the last one."""

    def answer(self, request: Request, results: Any) -> dict[str, Any]:
        url = request.build_absolute_uri()
        return {
            "next": replace_query_param(url, "cursor", self.cursor) if self.cursor else None,
            "results": results,
        }


@dataclass(frozen=True, slots=True)
class Keyset:
    """Order by a moment and then the id, newest first unless `ascending`; or by the id alone without `moment`."""

    moment: str = ""
    ascending: bool = False

    def page(self, rows: QuerySet[M], *, cursor: str, limit: int) -> Page[M]:
        """The rows after `cursor` ("" begins). Raises ValidationError for a cursor that this list did not give."""
        if cursor:
            rows = rows.filter(self._beyond(*self._read(cursor)))
        sign = "" if self.ascending else "-"
        order = [f"{sign}{name}" for name in (self.moment, "id") if name]
        found = list(rows.order_by(*order)[: limit + 1])
        more = len(found) > limit
        return Page(found[:limit], self._write(found[limit - 1]) if more else None)

    def _beyond(self, moment: datetime | None, pk: int) -> Q:
        beyond = "gt" if self.ascending else "lt"
        if moment is None:
            return Q(**{f"id__{beyond}": pk})
        # The first condition is implied by the second, and is the one that an index range can use.
        return Q(**{f"{self.moment}__{beyond}e": moment}) & (
            Q(**{f"{self.moment}__{beyond}": moment}) | Q(**{f"id__{beyond}": pk})
        )

    def _write(self, row: Model) -> str:
        moment = getattr(row, self.moment).isoformat() if self.moment else None
        return signing.dumps([moment, row.pk], salt=self._salt)

    def _read(self, cursor: str) -> tuple[datetime | None, int]:
        try:
            moment, pk = signing.loads(cursor, salt=self._salt)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError({"cursor": [_("This cursor was not given by this list.")]}) from error
        return (datetime.fromisoformat(moment) if moment else None), int(pk)

    @property
    def _salt(self) -> str:
        return f"api.cursor.{self.moment}"
