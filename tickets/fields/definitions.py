"""Which fields a ticket has: the built-in ones of its type and those that were set up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.models import FieldKind, Ticket, TicketField, TicketType


@dataclass(frozen=True, slots=True)
class Field:
    """As `TicketField`. `choices`: pairs of what is stored and what is read."""

    key: str
    label: str | Promise
    kind: str
    types: tuple[str, ...] = ()
    choices: tuple[tuple[str, str | Promise], ...] = ()
    currency: str = "EUR"
    is_required: bool = False
    shown_if: str = ""
    shown_for: tuple[str, ...] = ()


NATURES = (
    ("delivery", _("Delivery")),
    ("product", _("Product")),
    ("billing", _("Bill")),
    ("service", _("Service")),
    ("privacy", _("Privacy")),
    ("other", _("Something else")),
)
SEVERITIES = (("minor", _("Minor")), ("major", _("Major")), ("critical", _("Critical")))
CAUSES = (
    ("process", _("Our process")),
    ("person", _("A person's mistake")),
    ("supplier", _("A supplier or carrier")),
    ("system", _("A fault of a system")),
    ("customer", _("The customer")),
    ("unknown", _("Not known")),
)
_COMPLAINT, _ORDER = (TicketType.COMPLAINT.value,), (TicketType.ORDER.value,)
BUILT_IN = (
    Field("complaint_nature", _("Nature of the complaint"), FieldKind.CHOICE, _COMPLAINT, NATURES),
    Field("complaint_severity", _("Severity"), FieldKind.CHOICE, _COMPLAINT, SEVERITIES),
    Field("complaint_cause", _("Cause"), FieldKind.CHOICE, _COMPLAINT, CAUSES),
    Field("complaint_cost", _("Cost to put it right"), FieldKind.MONEY, _COMPLAINT),
    Field("order_lines", _("Order"), FieldKind.LINES, _ORDER),
)


def fields_of(ticket: Ticket) -> list[Field]:
    """In the order in which they are asked: built-in ones first. A brand's own field goes before one of all brands and
    before a built-in one of the same key. One query."""
    rows = TicketField.objects.filter(Q(brand=ticket.brand_id) | Q(brand=None), is_active=True)
    own: dict[str, Field] = {}
    for row in sorted(rows, key=lambda row: row.brand_id is None):
        own.setdefault(row.key, _field(row))
    order = {row.key: number for number, row in enumerate(rows)}
    built_in = [own.pop(field.key, field) for field in BUILT_IN]
    rest = sorted(own.values(), key=lambda field: order[field.key])
    return [field for field in (*built_in, *rest) if not field.types or ticket.type in field.types]


def shown(fields: Iterable[Field], values: Mapping[str, Any]) -> list[Field]:
    """Without those whose condition does not hold. Pure; a field that hangs on a hidden one is hidden too."""
    fields = list(fields)
    visible = {field.key for field in fields if not field.shown_if}
    while True:
        more = {
            field.key
            for field in fields
            if field.key not in visible and field.shown_if in visible and values.get(field.shown_if) in field.shown_for
        }
        if not more:
            return [field for field in fields if field.key in visible]
        visible |= more


def missing_before_solving(ticket: Ticket) -> list[Field]:
    """Required fields that are shown and have no value."""
    asked = shown(fields_of(ticket), ticket.values)
    return [field for field in asked if field.is_required and field.key not in ticket.values]


def _field(row: TicketField) -> Field:
    built_in = next((field for field in BUILT_IN if field.key == row.key), None)
    words = dict(built_in.choices) if built_in else {}
    return Field(
        key=row.key,
        label=row.label,
        kind=row.kind,
        types=tuple(row.types),
        choices=tuple((choice, words.get(choice, choice)) for choice in row.choices),
        currency=row.currency,
        is_required=row.is_required,
        shown_if=row.shown_if,
        shown_for=tuple(row.shown_for),
    )
