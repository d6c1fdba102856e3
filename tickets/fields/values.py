"""Values of fields: typed words in, what is stored out, and in words again. Pure but for customers, who are looked up.

Stored as JSON: text, a choice and a number as words, a date as ISO 8601, a customer by `public_id`, money as
`{"amount": "12.50", "currency": "EUR"}`, order lines as a list of `{"what", "quantity", "price"}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.text import clean_line, clean_text
from crm.models import Customer
from tickets.fields.definitions import Field
from tickets.models import FieldKind

MOST_CHARACTERS = 2_000
MOST_LINES = 100
LARGEST = Decimal(10) ** 12
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` pieces of something at `price` each."""

    what: str
    quantity: Decimal
    price: Decimal

    @property
    def total(self) -> Decimal:
        return self.quantity * self.price


def parse(field: Field, typed: str) -> Any:
    """What is stored for `typed`; None for nothing. Raises Invalid, naming the field."""
    if field.kind == FieldKind.TEXT:
        text = clean_text(typed).strip()
        if len(text) > MOST_CHARACTERS:
            raise _refused(field, _("it is longer than %(most)s characters") % {"most": MOST_CHARACTERS})
        return text or None
    words = clean_line(typed, 200)
    return _PARSERS[field.kind](field, words) if words else None


def parse_lines(field: Field, rows: Sequence[tuple[str, str, str]]) -> list[dict[str, str]] | None:
    """`rows`: what, quantity, price of one, as typed. Rows without any word are left out."""
    lines = []
    for number, (what, quantity, price) in enumerate(rows, 1):
        what = clean_line(what, 200)
        if not (what or quantity.strip() or price.strip()):
            continue
        if not what:
            raise _refused(field, _("line %(number)s does not say what it is") % {"number": number})
        count = _decimal(field, quantity or "1")
        if count <= 0:
            raise _refused(field, _("line %(number)s needs a quantity above zero") % {"number": number})
        lines.append({"what": what, "quantity": _plain(count), "price": str(_cents(field, price or "0"))})
    if len(lines) > MOST_LINES:
        raise _refused(field, _("there are more than %(most)s lines") % {"most": MOST_LINES})
    return lines or None


def lines_of(value: Any) -> list[Line]:
    return [Line(row["what"], Decimal(row["quantity"]), Decimal(row["price"])) for row in value or []]


def total_of(value: Any) -> Decimal:
    """The sum of order lines, in whole cents."""
    return sum((line.total for line in lines_of(value)), Decimal(0)).quantize(CENT)


def as_shown(field: Field, value: Any) -> str:
    """In the reader's words; empty for nothing."""
    if value is None:
        return ""
    if field.kind == FieldKind.CHOICE:
        return str(dict(field.choices).get(value, value))
    if field.kind == FieldKind.DATE:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    if field.kind == FieldKind.NUMBER:
        return number_format(Decimal(value))
    if field.kind == FieldKind.MONEY:
        return f"{number_format(Decimal(value['amount']), 2)} {value['currency']}"
    if field.kind == FieldKind.LINES:
        return f"{number_format(total_of(value), 2)} {field.currency}"
    if field.kind == FieldKind.CUSTOMER:
        return str(Customer.objects.filter(public_id=value).first() or value)
    return str(value)


def _choice(field: Field, words: str) -> str:
    if words not in dict(field.choices):
        raise _refused(field, _("“%(words)s” is not one of its choices") % {"words": clean_line(words, 60)})
    return words


def _number(field: Field, words: str) -> str:
    return _plain(_decimal(field, words))


def _date(field: Field, words: str) -> str:
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        raise _refused(field, _("“%(words)s” is not a date") % {"words": clean_line(words, 60)}) from None


def _money(field: Field, words: str) -> dict[str, str]:
    return {"amount": str(_cents(field, words.removesuffix(field.currency).strip())), "currency": field.currency}


def _customer(field: Field, words: str) -> str:
    if not Customer.objects.filter(public_id=words[:16], merged_into__isnull=True).exists():
        raise _refused(field, _("there is no such customer"))
    return words[:16]


_PARSERS = {
    FieldKind.CHOICE.value: _choice,
    FieldKind.NUMBER.value: _number,
    FieldKind.DATE.value: _date,
    FieldKind.MONEY.value: _money,
    FieldKind.CUSTOMER.value: _customer,
}


def _decimal(field: Field, words: str) -> Decimal:
    """A number as people write it: 1200, 12.5, 12,5. Thousands are not separated: 1.200 would be read two ways."""
    text = clean_line(words, 40).replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > LARGEST:
        raise _refused(field, _("“%(words)s” is not a number") % {"words": clean_line(words, 40)})
    return number


def _cents(field: Field, words: str) -> Decimal:
    return _decimal(field, words).quantize(CENT)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _refused(field: Field, why: str) -> Invalid:
    return Invalid(_("%(label)s: %(why)s.") % {"label": str(field.label), "why": why}, code=f"field_{field.key}")
